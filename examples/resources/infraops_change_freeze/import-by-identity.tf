import {
  to = infraops_change_freeze.year_end
  identity = {
    id = "45"
  }
}
