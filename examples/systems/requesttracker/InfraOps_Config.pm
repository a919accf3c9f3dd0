# Copyright (c) The InfraOps Authors
# SPDX-License-Identifier: MPL-2.0

# Two lifecycles for Request Tracker 5. Put this file into RT's configuration directory RT_SiteConfig.d (on Debian
# /etc/request-tracker5/RT_SiteConfig.d), restart RT, and run setup.pl. RT adds them to the lifecycles that it has.

Set(%Lifecycles,
    # Change requests: the states of ITIL. A normal change waits for its approval in assess, or in authorize where people
    # take it on, an emergency change in authorize, and a standard change, which is approved in advance, goes from new
    # straight to scheduled.
    infraops_change => {
        type     => 'ticket',
        initial  => [qw(new)],
        active   => [qw(assess authorize scheduled implement review)],
        inactive => [qw(closed canceled rejected deleted)],
        defaults => {
            on_create           => 'new',
            approved            => 'scheduled',    # where RT takes the change when all its approvals have been given,
            denied              => 'rejected',     # and when one was refused
            reminder_on_open    => 'assess',
            reminder_on_resolve => 'closed',
        },
        transitions => {
            ''        => [qw(new)],
            new       => [qw(assess authorize scheduled canceled deleted)],
            assess    => [qw(new authorize scheduled rejected canceled)],
            authorize => [qw(new scheduled rejected canceled)],
            scheduled => [qw(implement canceled)],
            implement => [qw(review canceled)],
            review    => [qw(closed)],
            rejected  => [qw(new canceled)],
            closed    => [],
            canceled  => [],
            deleted   => [],
        },
        # Nobody needs DecideChange: RT itself takes a change to scheduled or rejected, by what the approvers decided.
        # It is the right to do so by hand, without an approval.
        rights => {
            '* -> scheduled' => 'DecideChange',
            '* -> rejected'  => 'DecideChange',
            '* -> deleted'   => 'DeleteTicket',
            '* -> *'         => 'ModifyTicket',
        },
        actions => [
            'new -> assess'          => { label => 'Assess',             update => 'Comment' },
            'new -> authorize'       => { label => 'Ask for approval',   update => 'Comment' },
            'assess -> authorize'    => { label => 'Ask for approval',   update => 'Comment' },
            'assess -> new'          => { label => 'Withdraw',           update => 'Comment' },
            'authorize -> new'       => { label => 'Withdraw',           update => 'Comment' },
            'scheduled -> implement' => { label => 'Start',              update => 'Comment' },
            'implement -> review'    => { label => 'Review',             update => 'Comment' },
            'review -> closed'       => { label => 'Close',              update => 'Comment' },
            'rejected -> new'        => { label => 'Revise',             update => 'Comment' },
            '* -> canceled'          => { label => 'Cancel',             update => 'Comment' },
        ],
    },

    # Configuration items. What is retired stays as evidence, and comes back to life when the same thing is built again.
    infraops_asset => {
        type     => 'asset',
        initial  => [qw(planned)],
        active   => [qw(in_build operational maintenance)],
        inactive => [qw(retired deleted)],
        defaults => { on_create => 'planned' },
        transitions => {
            ''          => [qw(planned in_build operational maintenance)],
            planned     => [qw(in_build operational maintenance retired deleted)],
            in_build    => [qw(planned operational maintenance retired deleted)],
            operational => [qw(planned in_build maintenance retired deleted)],
            maintenance => [qw(planned in_build operational retired deleted)],
            retired     => [qw(planned in_build operational maintenance deleted)],
            deleted     => [],
        },
        rights  => { '* -> *' => 'ModifyAsset' },
        actions => {
            '* -> operational' => { label => 'Put into operation' },
            '* -> maintenance' => { label => 'Take into maintenance' },
            '* -> retired'     => { label => 'Retire' },
        },
    },
);

1;
