// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

// cmdbTables are classes of configuration items and what stands between them. The hierarchy is the one of the base system, shortened
// to classes that infrastructure is kept in.
var cmdbTables = []definition{
	{
		name: "cmdb", label: "Base Configuration Item",
		columns: "name string(255); sys_class_name string(80); sys_class_path string(255); asset_tag string(40); serial_number string(255); " +
			"install_status integer =1; assigned_to reference(sys_user); assigned glide_date_time; company reference(core_company); " +
			"department reference(cmn_department); location reference(cmn_location); owned_by reference(sys_user); " +
			"managed_by reference(sys_user); support_group reference(sys_user_group); managed_by_group reference(sys_user_group); " +
			"cost string(20); cost_cc string(3) =USD; install_date glide_date_time; purchase_date glide_date; " +
			"warranty_expiration glide_date; po_number string(40); invoice_number string(40); lease_id string(40); " +
			"model_id string(32); vendor reference(core_company); manufacturer reference(core_company); due glide_date_time; unverified boolean =false; skip_sync boolean =false",
		choices: []string{
			"install_status: 1=Installed, 2=On Order, 3=In Maintenance, 4=Pending Install, 5=Pending Repair, 6=In Stock, 7=Retired, 8=Stolen, 100=Absent",
		},
	},
	{
		name: "cmdb_ci", label: "Configuration Item", extends: "cmdb",
		columns: "short_description string(1000); comments string(4000); attributes string(65000); category string(40); subcategory string(40); " +
			"operational_status integer =1; environment string(40); correlation_id string(512); discovery_source string(40); " +
			"first_discovered glide_date_time; last_discovered glide_date_time; fqdn string(255); ip_address string(255); " +
			"mac_address string(18); dns_domain string(255); assignment_group reference(sys_user_group); change_control reference(sys_user_group); " +
			"supported_by reference(sys_user); model_number string(255); monitor boolean =false; fault_count integer =0; " +
			"duplicate_of reference(cmdb_ci); schedule reference(cmn_schedule); maintenance_schedule reference(cmn_schedule); " +
			"start_date glide_date_time; checked_in glide_date_time; checked_out glide_date_time; can_print boolean =false",
		choices: []string{
			"operational_status: 1=Operational, 2=Non-Operational, 3=Repair in Progress, 4=DR Standby, 5=Ready, 6=Retired",
			"environment: Production=Production, Staging=Staging, Test=Test, Development=Development, QA=QA, Training=Training",
			// SND: api-reference/rest-apis/c_IdentifyReconcileAPI.md: a data source is one of these.
			"discovery_source: ServiceNow=ServiceNow, Manual Entry=Manual Entry, ImportSet=ImportSet, Other Automated=Other Automated, " +
				"Service-now=Service-now, SCCM=SCCM",
		},
	},
	{name: "cmdb_ci_hardware", label: "Hardware", extends: "cmdb_ci", columns: "default_gateway string(255); hardware_status string(40); hardware_substatus string(40)"},
	{
		name: "cmdb_ci_computer", label: "Computer", extends: "cmdb_ci_hardware",
		columns: "os string(255); os_version string(255); os_domain string(255); os_service_pack string(255); os_address_width integer; " +
			"cpu_count integer; cpu_core_count integer; cpu_type string(255); cpu_name string(255); cpu_speed string(40); ram integer; " +
			"disk_space string(40); virtual boolean =false; chassis_type string(40); form_factor string(40); host_name string(255); object_id string(255)",
	},
	{name: "cmdb_ci_server", label: "Server", extends: "cmdb_ci_computer", columns: "classification string(40); used_for string(40); dr_backup reference(cmdb_ci); firewall_status string(40); internet_facing boolean =false"},
	{name: "cmdb_ci_linux_server", label: "Linux Server", extends: "cmdb_ci_server", columns: "kernel_release string(255)"},
	{name: "cmdb_ci_win_server", label: "Windows Server", extends: "cmdb_ci_server"},
	{name: "cmdb_ci_unix_server", label: "UNIX Server", extends: "cmdb_ci_server"},
	{name: "cmdb_ci_esx_server", label: "ESX Server", extends: "cmdb_ci_server"},
	{name: "cmdb_ci_vm_object", label: "Virtual Machine Object", extends: "cmdb_ci", columns: "object_id string(255); vm_inst_id string(255)"},
	{
		name: "cmdb_ci_vm_instance", label: "Virtual Machine Instance", extends: "cmdb_ci_vm_object",
		columns: "state string(40); cpus integer; memory integer; disks integer; disks_size integer; nics integer; guest_reconciled boolean =false; image_path string(255)",
	},
	{name: "cmdb_ci_vmware_instance", label: "VMware Virtual Machine Instance", extends: "cmdb_ci_vm_instance", columns: "bios_uuid string(255); vcenter_uuid string(255)"},
	{name: "cmdb_ci_netgear", label: "Network Gear", extends: "cmdb_ci_hardware", columns: "device_type string(40); firmware_version string(255); ports integer; host_name string(255)"},
	{name: "cmdb_ci_ip_router", label: "IP Router", extends: "cmdb_ci_netgear"},
	{name: "cmdb_ci_ip_switch", label: "IP Switch", extends: "cmdb_ci_netgear"},
	{name: "cmdb_ci_ip_firewall", label: "IP Firewall", extends: "cmdb_ci_netgear"},
	{name: "cmdb_ci_lb", label: "Load Balancer", extends: "cmdb_ci_server"},
	{name: "cmdb_ci_storage_device", label: "Storage Device", extends: "cmdb_ci", columns: "device_interface string(40); size string(40); size_bytes string(40); storage_type string(40)"},
	{name: "cmdb_ci_disk", label: "Disk", extends: "cmdb_ci_storage_device"},
	{name: "cmdb_ci_storage_server", label: "Storage Server", extends: "cmdb_ci_server"},
	{name: "cmdb_ci_msd", label: "Mass Storage Device", extends: "cmdb_ci_hardware", columns: "storage string(40)"},
	{name: "cmdb_ci_storage_volume", label: "Storage Volume", extends: "cmdb_ci", columns: "size string(40); volume_id string(255)"},
	{name: "cmdb_ci_appl", label: "Application", extends: "cmdb_ci", columns: "version string(255); install_directory string(255); running_process string(255); tcp_port string(255); used_for string(40)"},
	{name: "cmdb_ci_app_server", label: "Application Server", extends: "cmdb_ci_appl"},
	{name: "cmdb_ci_vcenter", label: "VMware vCenter Instance", extends: "cmdb_ci_appl"},
	{name: "cmdb_ci_web_server", label: "Web Server", extends: "cmdb_ci_app_server"},
	{name: "cmdb_ci_database", label: "Database", extends: "cmdb_ci", columns: "type string(40); edition string(255); instance string(255)"},
	{name: "cmdb_ci_db_instance", label: "Database Instance", extends: "cmdb_ci_appl"},
	{name: "cmdb_ci_db_postgresql_instance", label: "PostgreSQL Instance", extends: "cmdb_ci_db_instance"},
	{
		name: "cmdb_ci_service", label: "Service", extends: "cmdb_ci",
		//nolint:misspell // The column's name is the vendor's.
		columns: "busines_criticality string(40); service_classification string(40); used_for string(40); version string(255); " +
			"service_status string(40); users_supported string(255)",
	},
	{name: "cmdb_ci_service_auto", label: "Mapped Application Service", extends: "cmdb_ci_service"},
	{name: "cmdb_ci_service_discovered", label: "Discovered Service", extends: "cmdb_ci_service_auto"},
	{name: "cmdb_ci_business_app", label: "Business Application", extends: "cmdb_ci", columns: "application_type string(40); architecture_type string(40); install_type string(40); application_category string(40)"},
	{name: "cmdb_ci_cluster", label: "Cluster", extends: "cmdb_ci", columns: "cluster_id string(255); cluster_status string(40)"},
	{name: "cmdb_ci_kubernetes_cluster", label: "Kubernetes Cluster", extends: "cmdb_ci_appl", columns: "k8s_uid string(255)"},
	{name: "cmdb_ci_ip_network", label: "IP Network", extends: "cmdb_ci", columns: "subnet string(255); netmask string(255); vlan_id integer"},
	{name: "cmdb_ci_ip_address", label: "IP Address", extends: "cmdb_ci", columns: "netmask string(255); nic reference(cmdb_ci)"},
	{name: "cmdb_ci_certificate", label: "Unique Certificate", extends: "cmdb_ci", columns: "valid_from glide_date_time; valid_to glide_date_time; fingerprint string(255)"},
	{name: "cmdb_rel_type", label: "CI Relationship Type", columns: "name; parent_descriptor; child_descriptor"},
	{
		name: "cmdb_rel_ci", label: "CI Relationship",
		columns: "parent reference(cmdb_ci); child reference(cmdb_ci); type reference(cmdb_rel_type); connection_strength string(40) =always; percent_outage integer; port integer",
	},
}
