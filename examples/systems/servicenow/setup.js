// Prepares a ServiceNow instance for the provider. Run it under System Definition > Scripts - Background, in the global scope, as an
// administrator with the elevated role security_admin. It adds what is missing and changes nothing that is there.
(function () {
  var dryRun = true; // false to add what is missing

  // Column by table: name, label, length.
  var columns = {
    cmdb_ci: [["u_infraops_stack", "InfraOps stack", 100]],
    cmdb_rel_ci: [["u_infraops_stack", "InfraOps stack", 100]],
    change_request: [
      ["u_infraops_name", "InfraOps name", 255],
      ["u_infraops_environment", "InfraOps environment", 255],
      ["u_infraops_triggers", "InfraOps triggers", 1048576],
      ["u_infraops_evidence", "InfraOps evidence", 1048576],
      ["u_infraops_attachments", "InfraOps attachments", 4194304],
      ["u_infraops_superseded", "InfraOps superseded approvals", 4000],
    ],
  };

  var role = "infraops_provider";
  var contains = ["itil", "sn_change_write", "sn_change_read"];

  var added = 0;

  // find returns the sys_id of the record of a table that has the values, or null.
  function find(table, values) {
    var record = new GlideRecord(table);
    for (var column in values) record.addQuery(column, values[column]);
    record.setLimit(1);
    record.query();
    return record.next() ? record.getUniqueValue() : null;
  }

  // ensure adds a record unless there is one with the values, and returns its sys_id.
  function ensure(what, table, values, more) {
    var id = find(table, values);
    if (id) return id;
    added++;
    gs.info((dryRun ? "would add " : "adding ") + what);
    if (dryRun) return null;
    var record = new GlideRecord(table);
    record.initialize();
    for (var column in values) record.setValue(column, values[column]);
    for (var other in more) record.setValue(other, more[other]);
    id = record.insert();
    if (!id) gs.error("could not add " + what);
    return id;
  }

  var roleID = ensure("role " + role, "sys_user_role", { name: role }, { description: "What the InfraOps provider for Terraform may do" });
  contains.forEach(function (name) {
    var containedID = find("sys_user_role", { name: name });
    if (!containedID) {
      gs.error("there is no role " + name + ": is Change Management active?");
    } else if (roleID || dryRun) {
      ensure("role " + name + " in " + role, "sys_user_role_contains", { role: roleID, contains: containedID });
    }
  });

  for (var table in columns) {
    columns[table].forEach(function (column) {
      var where = table + "." + column[0];
      ensure("column " + where, "sys_dictionary", { name: table, element: column[0] }, {
        column_label: column[1], internal_type: "string", max_length: column[2], active: true,
      });
      var rule = ensure("access rule for writing " + where, "sys_security_acl", { name: where, operation: "write", type: find("sys_security_acl_type", { name: "record" }) }, {
        active: true, admin_overrides: true, description: "Only the InfraOps provider writes it",
      });
      if (rule && roleID) {
        ensure("role " + role + " of that rule", "sys_security_acl_role", { sys_security_acl: rule, sys_user_role: roleID });
      }
    });
  }

  gs.info(added === 0 ? "nothing to do" : added + (dryRun ? " to add: set dryRun to false" : " added"));
})();
