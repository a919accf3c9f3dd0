variable "name" {
  description = "The VM's name; it names the configuration item and the address too."
  type        = string
}

variable "environment" {
  description = "The environment, such as dev or prod."
  type        = string
}

variable "prefix_id" {
  description = "The id of the IPAM prefix that the VM's address comes from."
  type        = string
}

variable "spec" {
  description = "What is built. Another value is another change request."
  type        = map(string)
  default     = { cpus = "2", memory = "4Gi" }
}

variable "owner" {
  description = "Who owns the VM."
  type        = string
  default     = null
}

variable "support_group" {
  description = "The group that supports the VM."
  type        = string
  default     = null
}

variable "domain" {
  description = "The DNS domain of the VM's host name."
  type        = string
  default     = "example.com"
}

variable "runs_on" {
  description = "The ids of the configuration items that the VM runs on, such as a cluster, each under a name that is known at plan time."
  type        = map(string)
  default     = {}
}

variable "image" {
  description = "The image that the VM is built from, by channel or by version. Null: the module does not ask."
  type = object({
    family   = string
    channel  = optional(string)
    version  = optional(string)
    platform = string
    region   = optional(string)
  })
  default = null
}

variable "change" {
  description = "How the change is requested and gated. A decommission is of the same type unless decommission_type says otherwise; plan is the text of the Terraform plan, to attach."
  type = object({
    type              = optional(string, "normal")
    decommission_type = optional(string)
    requested_by      = optional(string)
    risk              = optional(string, "low")
    impact            = optional(string, "low")
    planned_start     = optional(string)
    planned_end       = optional(string)
    max_wait          = optional(string, "0s")
    poll_interval     = optional(string, "30s")
    enforce_window    = optional(bool, true)
    plan              = optional(string)
  })
  default = {}
}

variable "checks" {
  description = "What must hold before (stage pre) and after (stage post) the installation, by name. Each has exactly one of tcp, http, tls, dns, icmp and ssh_command, as infraops_check has."
  type = map(object({
    stage = string
    tcp   = optional(object({ address = string }))
    http = optional(object({
      url             = string
      expected_status = optional(set(number))
      body_contains   = optional(string)
      json_path       = optional(string)
      equals          = optional(string)
    }))
    tls  = optional(object({ address = string, min_days_valid = optional(number), server_name = optional(string) }))
    dns  = optional(object({ name = string, type = optional(string), contains = optional(string) }))
    icmp = optional(object({ host = string }))
    ssh_command = optional(object({
      host             = string
      user             = string
      command          = string
      exit_code        = optional(number)
      stdout_matches   = optional(string)
      known_hosts_file = optional(string)
      private_key_file = optional(string)
    }))
    interval = optional(string, "5s")
    timeout  = optional(string, "2m")
    severity = optional(string, "fail")
  }))
  default = {}

  validation {
    condition     = alltrue([for check in var.checks : contains(["pre", "post"], check.stage)])
    error_message = "The stage of a check is pre or post."
  }
}

variable "account" {
  description = "The functional account; its name defaults to svc-<name>. Another password_version is another password. Null: none."
  type = object({
    name             = optional(string)
    ssh_public_keys  = optional(set(string))
    password_version = optional(number, 1)
  })
  default = {}
}

variable "identity" {
  description = "The VM's own identity, and the groups that it is in. Null: none."
  type = object({
    groups = optional(set(string), [])
  })
  default = {}
}

variable "monitoring" {
  description = "How the VM is monitored. Null: not at all."
  type = object({
    port     = optional(number)
    profiles = optional(set(string))
    groups   = optional(set(string))
    labels   = optional(map(string), {})
  })
  default = {}
}

variable "patch" {
  description = "The policy by which the VM is patched; its ring defaults to the environment. Null: none."
  type = object({
    policy_id = string
    ring      = optional(string)
  })
  default = null
}

variable "backup" {
  description = "The policy by which the VM is backed up. Null: none."
  type = object({
    policy_id = string
    exclude   = optional(list(string))
  })
  default = null
}

variable "software" {
  description = "The packages to install, by name, each with its version or constraint; null for any version."
  type        = map(string)
  default     = {}
}

variable "recipient" {
  description = "Who gets the credentials: an age or SSH public key, to which they are sealed. Null: nobody, and no password is generated."
  type        = string
  default     = null
}

variable "credentials" {
  description = "Further credentials to hand over, by name. They are never in plan or state; credentials_version says when they are other ones."
  type        = map(string)
  default     = {}
  sensitive   = true
  ephemeral   = true
}

variable "credentials_version" {
  description = "The version of credentials. Null: there are none."
  type        = number
  default     = null
}

variable "notification" {
  description = "Who is told when the VM is ready. Null: nobody."
  type = object({
    channel    = optional(string, "smtp")
    recipients = set(string)
  })
  default = null
}

variable "vm_id" {
  description = "The id of a VM that is built beside this module, once it exists. Null builds a stand-in with terraform_data."
  type        = string
  default     = null
}

variable "build_vm" {
  description = "Whether the module builds its stand-in VM. Set it to false when vm_id comes from a cloud's resource."
  type        = bool
  default     = true
}
