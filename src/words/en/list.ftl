# The List lens, and the inspector of the cloud's resources.

list-cluster = the cluster
list-system = its own parts
list-cloud = the cloud
list-filter = Filter
list-filter-hint = Kind, name, namespace or id
list-parts-shown = What is shown
list-count = { NUMBER($shown) } of { NUMBER($all) }
list-none = Nothing fits.
list-more = There is more. Filter to see it.

resource-about = { $kind } in { $place }
resource-global = every region
resource-properties = Properties
resource-ties = Ties
resource-refers = Names
resource-referred = Named by
