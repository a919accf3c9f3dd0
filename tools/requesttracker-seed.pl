#!/usr/bin/perl
# Copyright (c) The InfraOps Authors
# SPDX-License-Identifier: MPL-2.0

# The people of the tests, on a Request Tracker that examples/systems/requesttracker/setup.pl has prepared. Prints the
# variables by which the tests log in, once: the tokens cannot be read again.
use strict;
use warnings;

require RT;
RT->LoadConfig;
RT->Init;
require RT::AuthToken;
my $rt = RT->SystemUser;

sub check {
    my ( $what, $ok, $message ) = @_;
    die "tools/requesttracker-seed.pl: $what: $message\n" unless $ok;
    return;
}

sub user {
    my ( $name, $group, %more ) = @_;
    my $u = RT::User->new($rt);
    check( $name, $u->Create( Name => $name, EmailAddress => "$name\@example.test", Privileged => 1, %more ) );
    my $g = RT::Group->new($rt);
    $g->LoadUserDefinedGroup($group);
    check( "$name in $group", $g->AddMember( $u->PrincipalId ) );
    return $u;
}

sub token {
    my ( $variable, $user ) = @_;
    my ( $ok, $message, $token ) = RT::AuthToken->new($rt)->Create( Owner => $user->id, Description => 'tests' );
    check( $variable, $ok, $message );
    print "INFRAOPS_TEST_REQUESTTRACKER_$variable=$token\n";
    return;
}

my $password = 'automation-password';
my $root     = RT::User->new($rt);
$root->Load('root');
token( TOKEN           => user( 'automation', 'InfraOps automation', Password => $password ) );
token( APPROVER_TOKEN  => user( 'bob',        'Change approvers' ) );
token( REQUESTER_TOKEN => user( 'alice',      'Change approvers' ) );
token( ROOT_TOKEN      => $root );
print "INFRAOPS_TEST_REQUESTTRACKER_USER=automation\n", "INFRAOPS_TEST_REQUESTTRACKER_PASSWORD=$password\n";
