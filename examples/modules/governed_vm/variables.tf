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

variable "change" {
  description = "How the change is requested and gated."
  type = object({
    type           = optional(string, "normal")
    requested_by   = optional(string)
    risk           = optional(string, "low")
    impact         = optional(string, "low")
    planned_start  = optional(string)
    planned_end    = optional(string)
    max_wait       = optional(string, "0s")
    poll_interval  = optional(string, "30s")
    enforce_window = optional(bool, true)
  })
  default = {}
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
