#!/usr/bin/perl
# Copyright (c) The InfraOps Authors
# SPDX-License-Identifier: MPL-2.0

# Prepares Request Tracker 5 for the InfraOps provider. Run it once on the RT server, after InfraOps_Config.pm is in
# RT_SiteConfig.d, as a user who may read RT's configuration, with RT's own libraries (on Debian /usr/share/request-tracker5/lib):
#
#   sudo -u www-data perl -I/usr/share/request-tracker5/lib setup.pl --dry-run
#   sudo -u www-data perl -I/usr/share/request-tracker5/lib setup.pl
#
# It makes what is missing, brings its own template and scrips up to date, deletes nothing, and says what it did; a
# second run has nothing to do. Options, with what they are otherwise:
#
#   --queue NAME              the queue of change requests; may be repeated (Changes)
#   --catalog NAME            the catalog of configuration items; may be repeated (Configuration items)
#   --automation-group NAME   the group of the account that the provider uses (InfraOps automation)
#   --approvers-group NAME    the group of those who approve changes (Change approvers)
#   --dry-run                 only say what would be done
use strict;
use warnings;
use Getopt::Long;

# The custom fields: name, kind, and what is kept in it. Kinds: One is a line, Many is any number of lines, Text is text.
my @ON_ASSETS = (
    [ 'Correlation ID', 'One',  'the key by which the provider finds its item again' ],
    [ 'Stack',          'One',  'the stack that the item belongs to' ],
    [ 'Class',          'One',  'class' ],
    [ 'Environment',    'One',  'environment' ],
    [ 'Owned By',       'One',  'owner; RT\'s own owner must be an RT user' ],
    [ 'Support Group',  'One',  'support_group' ],
    [ 'Location',       'One',  'location' ],
    [ 'FQDN',           'One',  'fqdn' ],
    [ 'IP Address',     'One',  'ip_address, of either version' ],
    [ 'Serial Number',  'One',  'serial_number' ],
    [ 'Attributes',     'Many', 'attributes: key=value each' ],
    [ 'Relationships',  'Many', 'the relationships in which the item is the parent: type, child asset and stack each' ],
);
my @ON_CHANGES = (
    [ 'Correlation ID',      'One',  'the key by which the provider finds its change again' ],
    [ 'Stack',               'One',  'the stack that the change belongs to' ],
    [ 'Change Name',         'One',  'name' ],
    [ 'Description',         'Text', 'description' ],
    [ 'Justification',       'Text', 'justification' ],
    [ 'Change Type',         'One',  'type: normal, standard or emergency' ],
    [ 'Template',            'One',  'template of a standard change' ],
    [ 'Risk',                'One',  'risk: low, moderate or high' ],
    [ 'Impact',              'One',  'impact: low, medium or high' ],
    [ 'Category',            'One',  'category' ],
    [ 'Assignment Group',    'One',  'assignment_group' ],
    [ 'Requested By',        'One',  'requested_by: whose own approval does not count' ],
    [ 'Environment',         'One',  'environment' ],
    [ 'Implementation Plan', 'Text', 'implementation_plan' ],
    [ 'Backout Plan',        'Text', 'backout_plan' ],
    [ 'Test Plan',           'Text', 'test_plan' ],
    [ 'Attachments',         'Text', 'attachments, as JSON; they are attached as files too' ],
    [ 'Triggers',            'Text', 'triggers, as JSON' ],
    [ 'Outcome',             'One',  'outcome, of a closed change' ],
    [ 'Close Notes',         'Text', 'notes, of a closed change' ],
    [ 'Evidence',            'Text', 'evidence, of a closed change, as JSON' ],
);

# The rights, each with its reason. All are on the queues and catalogs of this set-up, or on RT's queue of approvals.
my @AUTOMATION_ON_QUEUE = (
    [ SeeQueue              => 'find the queue' ],
    [ CreateTicket          => 'open a change' ],
    [ ShowTicket            => 'read it' ],
    [ ModifyTicket          => 'edit it and move it through its states; not to scheduled or rejected, which takes DecideChange' ],
    [ CommentOnTicket       => 'attach the plan and other files' ],
    [ ShowTicketComments    => 'read those attachments back' ],
    [ SeeCustomField        => 'read the custom fields' ],
    [ ModifyCustomField     => 'write them' ],
    [ SetInitialCustomField => 'write them while the ticket is created' ],
);
my @AUTOMATION_ON_CATALOG = (
    [ ShowCatalog           => 'find the catalog' ],
    [ CreateAsset           => 'make an item' ],
    [ ShowAsset             => 'read it' ],
    [ ModifyAsset           => 'edit, retire and delete it, and refer a change to it' ],
    [ SeeCustomField        => 'read the custom fields' ],
    [ ModifyCustomField     => 'write them' ],
    [ SetInitialCustomField => 'write them while the asset is created' ],
);
my @AUTOMATION_ON_FIELD     = ( [ SeeCustomField => 'check that the field is as this script made it' ] );
my @AUTOMATION_ON_APPROVALS = (
    [ SeeQueue           => 'find the approvals of a change' ],
    [ ShowTicket         => 'read who decided what; nothing here lets the automation decide' ],
    [ ShowTicketComments => 'read the reason that an approver gave' ],
);
my @APPROVERS_ON_QUEUE = (
    [ SeeQueue           => 'find the change' ],
    [ ShowTicket         => 'read what is to be approved' ],
    [ ShowTicketComments => 'read its attachments' ],
    [ SeeCustomField     => 'read its custom fields' ],
);
my @APPROVERS_ON_CATALOG = (
    [ ShowCatalog    => 'read the items that the change is about' ],
    [ ShowAsset      => 'read the items that the change is about' ],
    [ SeeCustomField => 'read their custom fields' ],
);
my @APPROVERS_EVERYWHERE = ( [ ShowApprovalsTab => 'see the list of what waits for a decision' ] );
# The approvers get these as AdminCc of an approval and not as a group, so only on the approvals that are theirs.
my @ADMINCC_ON_APPROVALS = (
    [ SeeQueue           => 'find the approval' ],
    [ ShowTicket         => 'read it' ],
    [ ShowTicketComments => 'read what others said' ],
    [ CommentOnTicket    => 'give a reason' ],
    [ ReplyToTicket      => 'give a reason in the list of approvals' ],
    [ OwnTicket          => 'take it' ],
    [ ModifyTicket       => 'decide' ],
);

my %option = ( 'automation-group' => 'InfraOps automation', 'approvers-group' => 'Change approvers' );
GetOptions( \%option, 'queue=s@', 'catalog=s@', 'automation-group=s', 'approvers-group=s', 'dry-run' )
    && !@ARGV
    or die "usage: setup.pl [--queue NAME]... [--catalog NAME]... [--automation-group NAME] [--approvers-group NAME] [--dry-run]\n";
my @queue_names   = @{ $option{queue}   || ['Changes'] };
my @catalog_names = @{ $option{catalog} || ['Configuration items'] };

require RT;
RT->LoadConfig;
RT->Init;
my $rt = RT->SystemUser;

# The text of an approval. It names the change and quotes only single lines of it: in a template of this kind a line
# of somebody's text could otherwise be taken for an instruction.
my $TEMPLATE = <<"TEMPLATE";
===Create-Ticket: approval
Subject: { my \$s = 'Approve change ' . \$Tickets{TOP}->Id . ': ' . \$Tickets{TOP}->Subject; \$s =~ s/\\s+/ /g; \$s }
Depended-On-By: TOP
Queue: ___Approvals
Type: approval
AdminCcGroup: $option{'approvers-group'}
Content: Please read the change and approve or reject it, with a reason:
{ RT->Config->Get('WebURL') . 'Ticket/Display.html?id=' . \$Tickets{TOP}->Id }
{
    join "\\n", map {
        my \$v = \$Tickets{TOP}->FirstCustomFieldValue(\$_) // '';
        \$v =~ s/\\s+/ /g;
        length \$v ? "\$_: \$v" : ();
    } 'Change Type', 'Environment', 'Risk', 'Impact', 'Requested By';
}
ENDOFCONTENT
TEMPLATE

# What RT does by itself with a change, beyond its own rules for approvals.
my @SCRIPS = (
    {   Description => 'InfraOps: a standard change is approved in advance',
        On          => 'changes',
        Template    => 'Blank',
        Condition   => <<'PERL',
return $self->TransactionObj->Type eq 'Create'
    && ( $self->TicketObj->FirstCustomFieldValue('Change Type') // '' ) eq 'standard';
PERL
        Commit => <<'PERL',
my ( $ok, $message ) = $self->TicketObj->SetStatus('scheduled');
RT->Logger->error( 'InfraOps: change ' . $self->TicketObj->id . ": $message" ) unless $ok;
return $ok;
PERL
    },
    {   Description => 'InfraOps: ask for an approval',
        On          => 'changes',
        Template    => 'InfraOps approval',
        Action      => 'Create Tickets',
        # One round at a time: a change that is already waiting goes on waiting for the same decision.
        Condition => <<'PERL',
my $t = $self->TransactionObj;
return $t->Type eq 'Status'
    && $t->NewValue =~ /^(?:assess|authorize)$/
    && !$self->TicketObj->HasUnresolvedDependencies( Type => 'approval' );
PERL
    },
    {   Description => 'InfraOps: a change that goes back to new loses its approvals',
        On          => 'changes',
        Template    => 'Blank',
        Condition   => <<'PERL',
my $t = $self->TransactionObj;
return $t->Type eq 'Status' && $t->NewValue eq 'new';
PERL
        # The link goes first: RT takes the deletion of an approval that is linked for a rejection. The approval keeps
        # a link of another kind, as history.
        Commit => <<'PERL',
my $change = $self->TicketObj;
for my $link ( @{ $change->DependsOn->ItemsArrayRef } ) {
    my $approval = $link->TargetObj;
    next unless $approval && $approval->isa('RT::Ticket') && $approval->Type eq 'approval';
    my ( $ok, $message ) = $change->DeleteLink( Type => 'DependsOn', Target => $approval->URI );
    if ( !$ok ) {
        RT->Logger->error( 'InfraOps: change ' . $change->id . ': approval ' . $approval->id . ": $message" );
        next;
    }
    $approval->AddLink( Type => 'RefersTo', Target => $change->URI );
    $approval->SetStatus( Status => 'deleted', Force => 1 ) if $approval->QueueObj->IsActiveStatus( $approval->Status );
}
return 1;
PERL
    },
    {   Description => 'InfraOps: who requested a change does not approve it',
        On          => 'approvals',
        Template    => 'Blank',
        # The requester is who the change names, by user name, address or real name; or else who opened it.
        Condition => <<'PERL',
my $t = $self->TransactionObj;
return 0 unless $t->Type eq 'Status' && $t->NewValue eq 'resolved' && $self->TicketObj->Type eq 'approval';
my ($change) = $self->TicketObj->AllDependedOnBy( Type => 'ticket' );
return 0 unless $change && $change->QueueObj->Lifecycle eq 'infraops_change';
my $plain = sub { my $s = lc( shift // '' ); $s =~ s/^\s+|\s+$//g; return $s };
my $requester = $plain->( $change->FirstCustomFieldValue('Requested By') );
return $t->Creator == $change->Creator unless length $requester;
return scalar grep { $_ eq $requester } map { $plain->($_) } $t->CreatorObj->Name, $t->CreatorObj->EmailAddress, $t->CreatorObj->RealName;
PERL
        # This comes before RT's own rules, which then find the approval open and leave the change where it is.
        Commit => <<'PERL',
$self->TicketObj->SetStatus( Status => 'open', Force => 1 );
$self->TicketObj->Comment( Content => $self->TransactionObj->CreatorObj->Name
        . ' requested this change: the approval does not count, and another person has to decide.' );
return 1;
PERL
    },
);

my %done;    # what was done, by its text: a thing that is only planned is not planned twice

# made does something and says so, or only says so in a dry run. What it does answers as RT does: (id, message).
sub made {
    my ( $what, $do ) = @_;
    return if $done{$what}++;
    if ( !$option{'dry-run'} ) {
        my ( $ok, $message ) = $do->();
        die "setup.pl: $what: " . ( $message || 'RT does not say why' ) . "\n" unless $ok;
    }
    print $option{'dry-run'} ? 'would make ' : 'made ', "$what\n";
    return;
}

# container loads or makes a queue or a catalog. It dies where it has another lifecycle, which tickets and assets in it depend on.
sub container {
    my ( $class, $name, $lifecycle ) = @_;
    my $noun = lc( $class =~ s/.*:://r );
    die "setup.pl: RT does not know the lifecycle $lifecycle: put InfraOps_Config.pm into RT_SiteConfig.d first\n"
        unless RT::Lifecycle->Load( Name => $lifecycle, Type => $class eq 'RT::Queue' ? 'ticket' : 'asset' );
    my $c = $class->new($rt);
    $c->Load($name);
    if ( $c->id && $c->Lifecycle ne $lifecycle ) {
        die "setup.pl: the $noun '$name' exists with the lifecycle '" . $c->Lifecycle . "': choose another name with --$noun\n";
    }
    made( "$noun '$name'", sub { $c->Create( Name => $name, Lifecycle => $lifecycle ) } ) unless $c->id;
    return $c;
}

sub group {
    my ($name) = @_;
    my $g = RT::Group->new($rt);
    $g->LoadUserDefinedGroup($name);
    made( "group '$name'", sub { $g->CreateUserDefinedGroup( Name => $name ) } ) unless $g->id;
    return $g;
}

sub grant {
    my ( $to, $name, $on, $place, @rights ) = @_;
    for (@rights) {
        my ( $right, $why ) = @$_;
        next if $to->id && $on->id && granted( $to, $right, $on );
        made( "right $right $place for $name: $why", sub { $to->PrincipalObj->GrantRight( Right => $right, Object => $on ) } );
    }
    return;
}

# granted says whether that very right was granted: one that comes by another way may go away with it.
sub granted {
    my ( $to, $right, $on ) = @_;
    my $ace = RT::ACE->new($rt);
    $ace->LoadByValues( PrincipalType => $to->Domain =~ /Role$/ ? $to->Name : 'Group', PrincipalId => $to->PrincipalId, RightName => $right, Object => $on );
    return $ace->id;
}

# custom_field answers the field of that name which the place has, or else the one that this set-up has made, or makes
# one, and has the place use it.
sub custom_field {
    my ( $place, $place_name, $name, $kind, $keeps ) = @_;
    my $lookup = $place->isa('RT::Queue') ? 'RT::Queue-RT::Ticket' : 'RT::Catalog-RT::Asset';
    my $on     = $place->isa('RT::Queue') ? 'changes'              : 'items';
    my $type   = $kind eq 'Text'          ? 'Text'                 : 'Freeform';
    my $values = $kind eq 'Many'          ? 0                      : 1;
    my $mark   = "InfraOps: $keeps";
    my ( $used, $ours );
    my $all = RT::CustomFields->new($rt);
    $all->Limit( FIELD => 'Name', VALUE => $name, CASESENSITIVE => 0 );
    $all->LimitToLookupType($lookup);
    while ( my $cf = $all->Next ) {
        $ours = $cf if ( $cf->Description // '' ) eq $mark;
        $used = $cf if $cf->IsAdded(0) || $place->id && $cf->IsAdded( $place->id );
    }
    my $cf = $used || $ours || RT::CustomField->new($rt);
    made( "custom field '$name' of $on: $keeps",
        sub { $cf->Create( Name => $name, Type => $type, MaxValues => $values, LookupType => $lookup, Description => $mark ) } )
        unless $cf->id;
    if ( $cf->id && ( $cf->Type ne $type || $cf->MaxValues != $values ) ) {
        die "setup.pl: $place_name already has a custom field '$name' of another type: it must be $type, " . ( $values ? 'one value' : 'any number of values' ) . "\n";
    }
    made( "custom field '$name' on $place_name", sub { $cf->AddToObject($place) } ) unless $used;
    return $cf;
}

# kept brings a column of a record to its value.
sub kept {
    my ( $record, $what, $column, $value ) = @_;
    my $set = "Set$column";
    return if !$record->id || ( $record->$column // '' ) eq $value;
    made( "$what: $column as it should be", sub { $record->$set($value) } );
    return;
}

sub template {
    my ( $name, $content ) = @_;
    my $t = RT::Template->new($rt);
    $t->LoadGlobalTemplate($name);
    return kept( $t, "template '$name'", Content => $content ) if $t->id;
    made( "template '$name'", sub { $t->Create( Queue => 0, Name => $name, Type => 'Perl', Description => 'The approval of a change', Content => $content ) } );
    return;
}

sub scrip {
    my ( $wanted, @queues ) = @_;
    my $what = "scrip '$wanted->{Description}'";
    my %code = ( CustomIsApplicableCode => $wanted->{Condition}, CustomPrepareCode => $wanted->{Action} ? '' : 'return 1;',
        CustomCommitCode => $wanted->{Commit} // '' );
    my $s = RT::Scrip->new($rt);
    $s->LoadByCols( Description => $wanted->{Description} );
    kept( $s, $what, $_ => $code{$_} ) for sort keys %code;
    made( $what, sub {
        $s->Create( Queue => $queues[0]->id, Description => $wanted->{Description}, ScripCondition => 'User Defined',
            ScripAction => $wanted->{Action} // 'User Defined', Template => $wanted->{Template}, %code );
    } ) unless $s->id;
    for my $q (@queues) {
        next if $s->id && $q->id && $s->IsAdded( $q->id );
        made( "$what on queue '" . $q->Name . "'", sub { $s->AddToObject( $q->id ) } ) if $s->id && $q->id;
    }
    return;
}

my $approvals = RT::Queue->new($rt);
$approvals->Load('___Approvals');
die "setup.pl: RT has no queue ___Approvals, which its own installation makes\n" unless $approvals->id;
my @queues     = map { container( 'RT::Queue',   $_, 'infraops_change' ) } @queue_names;
my @catalogs   = map { container( 'RT::Catalog', $_, 'infraops_asset' ) } @catalog_names;
my $automation = group( $option{'automation-group'} );
my $approvers  = group( $option{'approvers-group'} );
my ( $bots, $people ) = ( "group '$option{'automation-group'}'", "group '$option{'approvers-group'}'" );

for my $i ( 0 .. $#queues ) {
    my $place = "queue '$queue_names[$i]'";
    for (@ON_CHANGES) {
        my $field = custom_field( $queues[$i], $place, @$_ );
        grant( $automation, $bots, $field, "on custom field '$_->[0]' of changes", @AUTOMATION_ON_FIELD );
    }
    grant( $automation, $bots,   $queues[$i], "on $place", @AUTOMATION_ON_QUEUE );
    grant( $approvers,  $people, $queues[$i], "on $place", @APPROVERS_ON_QUEUE );
}
for my $i ( 0 .. $#catalogs ) {
    my $place = "catalog '$catalog_names[$i]'";
    for (@ON_ASSETS) {
        my $field = custom_field( $catalogs[$i], $place, @$_ );
        grant( $automation, $bots, $field, "on custom field '$_->[0]' of items", @AUTOMATION_ON_FIELD );
    }
    grant( $automation, $bots,   $catalogs[$i], "on $place", @AUTOMATION_ON_CATALOG );
    grant( $approvers,  $people, $catalogs[$i], "on $place", @APPROVERS_ON_CATALOG );
}
grant( $automation, $bots, $approvals, "on RT's approvals", @AUTOMATION_ON_APPROVALS );
grant( $approvers, $people, RT->System, 'everywhere', @APPROVERS_EVERYWHERE );
grant( $approvals->RoleGroup('AdminCc'), 'the AdminCc of an approval', $approvals, "on RT's approvals", @ADMINCC_ON_APPROVALS );
template( 'InfraOps approval', $TEMPLATE );
scrip( $_, $_->{On} eq 'approvals' ? $approvals : @queues ) for @SCRIPS;

printf "%s: %s\n", $option{'dry-run'} ? 'dry run' : 'done', %done ? scalar( keys %done ) . ' things' : 'nothing to do';
