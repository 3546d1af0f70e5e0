# The one line that would help, quotas, and what a field is.

cure-let-in = One line lets it in
cure-start = One thing is switched off
cure-roll-back = One line brings back what worked
cure-free = { $node } has { $free } of { $what } free.
cure-cordoned = { $node } would take it, but is closed to new Pods.
cure-label = { $node } would take it, if it had the label { $label }.
cure-taint = { $node } would take it, if it did not have the taint { $taint }.
cure-stopped = { $node } was stopped, so nobody looks after its Pods.
cure-image = { $image } cannot be fetched. The revision before ran { $before }.

quota-stops = A quota of the namespace leaves no room for one more Pod.
quota-verdict = Verdict
quota-name = Quota
quota-used = used
quota-hard = allowed
quota-asks = one more asks

hover-required = required
hover-default = { $value } when nobody says
hover-values = one of { $values }

# What RBAC refused
rbac-title = Refused by the API server
rbac-cluster = in the whole cluster
rbac-namespace = in { $namespace }
rbac-now = By now a rule allows it.
rbac-nobody = No binding speaks of them here, so there was no rule to try.
rbac-tried = There is no rule that denies; none of these allows it.
rbac-by = by
rbac-verbs = verbs
rbac-groups = API groups
rbac-resources = resources
rbac-names = names
rbac-fits = fits
rbac-misses = does not fit
