// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

// platformTables are those that the platform itself is described in.
var platformTables = []definition{
	{name: "sys_db_object", label: "Table", columns: "name; label; super_class reference(sys_db_object)"},
	{name: "sys_dictionary", label: "Dictionary Entry", columns: "name; element; column_label; internal_type; reference; max_length integer; " +
		"default_value; read_only boolean; active boolean =true"},
	{name: "sys_choice", label: "Choice", columns: "name; element; value; label; language =en; inactive boolean =false; sequence integer"},
	{name: "sys_properties", label: "System Property", columns: "name; value string(4000); description string(512)"},
	{
		name: "sys_user", label: "User",
		columns: "user_name; name; first_name; last_name; email; active boolean =true; time_zone; roles string(4000); title; " +
			"department string(255); manager reference(sys_user); locked_out boolean =false; web_service_access_only boolean =false",
	},
	{
		name: "sys_user_group", label: "Group",
		columns: "name; description string(1000); manager reference(sys_user); email; active boolean =true; parent reference(sys_user_group); type",
	},
	{name: "sys_user_grmember", label: "Group Member", columns: "user reference(sys_user); group reference(sys_user_group)"},
	{
		name: "sys_journal_field", label: "Journal Entry",
		columns: "name; element_id string(32); element; value string(65000)",
	},
	{
		name: "sys_attachment", label: "Attachment",
		columns: "table_name; table_sys_id string(32); file_name; content_type; size_bytes integer; size_compressed integer; " +
			"compressed boolean =true; image_height; image_width; average_image_color; hash string(64)",
	},
	{
		name: "sys_object_source", label: "Object Source",
		columns: "name; id string(512); source_feed; target_table; target_sys_id string(32); last_scan glide_date_time",
	},
	{name: "cmn_location", label: "Location", columns: "name; city; country; street"},
	{name: "core_company", label: "Company", columns: "name"},
	{name: "cmn_department", label: "Department", columns: "name"},
	{
		name: "cmn_schedule", label: "Schedule",
		columns: "name; description string(1000); time_zone; type; parent reference(cmn_schedule); document",
	},
	{
		name: "cmn_schedule_blackout", label: "Blackout Schedule", extends: "cmn_schedule",
		columns: "applies_to; condition string(4000); source",
	},
	{
		name: "cmn_schedule_maintenance", label: "Maintenance Schedule", extends: "cmn_schedule",
		columns: "applies_to; condition string(4000); source",
	},
	{
		name: "cmn_schedule_span", label: "Schedule Entry",
		columns: "name; schedule reference(cmn_schedule); start_date_time glide_date_time; end_date_time glide_date_time; type; show_as; " +
			"repeat_type; days_of_week; all_day boolean =false",
	},
}

// taskTables are those of change management.
var taskTables = []definition{
	{
		name: "task", label: "Task",
		columns: "number string(40); sys_class_name string(80); short_description string(160); description string(4000); state integer; " +
			"active boolean =true; approval string(40) =not requested; assignment_group reference(sys_user_group); " +
			"assigned_to reference(sys_user); opened_by reference(sys_user); opened_at glide_date_time; closed_by reference(sys_user); " +
			"closed_at glide_date_time; cmdb_ci reference(cmdb_ci); business_service reference(cmdb_ci_service); " +
			"comments journal_input; work_notes journal_input; close_notes string(4000); correlation_id string(100); " +
			"correlation_display string(100); impact integer =3; urgency integer =3; priority integer =4; parent reference(task); " +
			"due_date glide_date_time; expected_start glide_date_time; work_start glide_date_time; work_end glide_date_time; " +
			"approval_set glide_date_time; location reference(cmn_location); company reference(core_company); contact_type string(40); " +
			"watch_list glide_list; upon_approval string(40) =proceed; upon_reject string(40) =cancel; escalation integer =0; " +
			"reassignment_count integer =0; made_sla boolean =true; order integer; knowledge boolean =false",
		choices: []string{
			"approval: not requested=Not Yet Requested, requested=Requested, approved=Approved, rejected=Rejected, not_required=Not Required",
			"impact: 1=1 - High, 2=2 - Medium, 3=3 - Low",
			"urgency: 1=1 - High, 2=2 - Medium, 3=3 - Low",
			"priority: 1=1 - Critical, 2=2 - High, 3=3 - Moderate, 4=4 - Low",
		},
	},
	{
		name: "change_request", label: "Change Request", extends: "task",
		columns: "type string(40) =normal; chg_model reference(chg_model); reason string(4000); requested_by reference(sys_user); " +
			"category string(40) =Other; risk integer =3; risk_value integer; risk_impact_analysis string(4000); justification string(4000); " +
			"implementation_plan string(4000); backout_plan string(4000); test_plan string(4000); change_plan string(4000); " +
			"start_date glide_date_time; end_date glide_date_time; requested_by_date glide_date_time; cab_required boolean =false; " +
			"cab_date glide_date_time; cab_recommendation string(4000); production_system boolean =false; outside_maintenance_schedule boolean =false; " +
			"on_hold boolean =false; on_hold_reason string(4000); phase string(40) =requested; phase_state string(40) =open; " +
			"review_status integer; review_date glide_date; review_comments string(4000); scope integer =3; close_code string(40); " +
			"conflict_status string(40) =Not Run; conflict_last_run glide_date_time; unauthorized boolean =false; " +
			"std_change_producer_version reference(std_change_producer_version)",
		choices: []string{
			"state: -5=New, -4=Assess, -3=Authorize, -2=Scheduled, -1=Implement, 0=Review, 3=Closed, 4=Canceled",
			"type: normal=Normal, standard=Standard, emergency=Emergency",
			"risk: 1=Very High, 2=High, 3=Moderate, 4=Low",
			"category: Hardware=Hardware, Software=Software, Service=Service, System Software=System Software, " +
				"Applications Software=Applications Software, Network=Network, Telecom=Telecom, Documentation=Documentation, Other=Other",
			"close_code: successful=Successful, successful_issues=Successful with issues, unsuccessful=Unsuccessful",
			"scope: 1=Massive, 2=Large, 3=Medium, 4=Small, 5=Tiny",
		},
	},
	{
		name: "change_task", label: "Change Task", extends: "task",
		columns: "change_request reference(change_request); change_task_type string(40) =planning; planned_start_date glide_date_time; " +
			"planned_end_date glide_date_time; close_code string(40); on_hold boolean =false; on_hold_reason string(4000); created_from string(40)",
		choices: []string{
			"state: -5=Pending, 1=Open, 2=In Progress, 3=Closed, 4=Canceled",
			"change_task_type: planning=Planning, implementation=Implementation, testing=Testing, review=Review",
			"close_code: successful=Successful, successful_issues=Successful with issues, unsuccessful=Unsuccessful",
		},
	},
	{
		name: "task_ci", label: "CIs Affected",
		columns: "task reference(task); ci_item reference(cmdb_ci); applied boolean =false; applied_date glide_date_time; manual_proposed_change boolean =false",
	},
	{name: "task_cmdb_ci_service", label: "Impacted Services/CIs", columns: "task reference(task); cmdb_ci_service reference(cmdb_ci); manually_added boolean =false"},
	{name: "task_service_offering", label: "Impacted Service Offerings", columns: "task reference(task); service_offering reference(cmdb_ci_service)"},
	{
		name: "sysapproval_approver", label: "Approval",
		columns: "sysapproval reference(task); document_id reference(task); source_table string(80); approver reference(sys_user); " +
			"state string(40) =not requested; comments journal_input; group reference(sysapproval_group); due_date glide_date_time; " +
			"expected_start glide_date_time; order integer; iteration integer =1",
		choices: []string{
			"state: not requested=Not Yet Requested, requested=Requested, approved=Approved, rejected=Rejected, cancelled=No Longer Required, " +
				"not_required=Not Required, duplicate=Duplicate",
		},
	},
	{
		name: "sysapproval_group", label: "Group approval",
		columns: "number; parent reference(task); assignment_group reference(sys_user_group); approval string(40); short_description string(160)",
	},
	{name: "chg_model", label: "Change Model", columns: "name; description string(1000); active boolean =true; available_in_ui boolean =true; implementation_states string(255)"},
	{
		name: "std_change_record_producer", label: "Standard Change Template",
		columns: "name; short_description string(160); description string(4000); active boolean =true; template string(4000); category; " +
			"current_version reference(std_change_producer_version)",
	},
	{
		name: "std_change_producer_version", label: "Standard Change Template Version",
		columns: "name; version integer =1; std_change_producer reference(std_change_record_producer)",
	},
	{
		name: "conflict", label: "Conflict",
		columns: "change reference(change_request); configuration_item reference(cmdb_ci); type string(80); conflicting_change reference(change_request); " +
			"schedule reference(cmn_schedule); last_checked glide_date_time; impacted_service string(255)",
		choices: []string{
			"type: ci_already_scheduled=CI Already Scheduled, assigned_to_already_scheduled=Assigned To Already Scheduled, " +
				"blackout=Blackout, not_in_maintenance_window=Not In Maintenance Window",
		},
	},
}
