# The Tree lens of a cluster: owners, Services, and the Pods between them.

tree-label = Owners and Services of the cluster { $cluster }
tree-none = Nothing here owns or selects anything yet.
tree-loose = Owned by nobody
tree-revision = rev. { $revision }
tree-hidden = { $count ->
    [one] and { NUMBER($count) } older, kept without Pods
   *[other] and { NUMBER($count) } older, kept without Pods
}
tree-completions = { $want ->
    [one] one success wanted
   *[other] { NUMBER($want) } successes wanted
}
gap-short = wish { NUMBER($want) }, world { NUMBER($have) }
tree-slice = { NUMBER($ready) } of { NUMBER($all) } ready
tree-selects-none = selects no Pod
tree-open = a Service sends it requests
tree-waiting = selected, no requests yet
tree-closed = no Service selects it
tree-pods = { $count ->
    [one] one Pod
   *[other] { NUMBER($count) } Pods
}
tree-of = { NUMBER($have) } of { NUMBER($want) } Pods
