# The world's lenses: map, loop, list.

map-no-wish = No wish has been written yet.
map-no-place = no place yet
map-acts = What can be done here
map-label = Map of the cluster { $cluster }

loop-revision = rev { $revision }
loop-sees = wants { NUMBER($want) }, has { NUMBER($have) }
loop-hears-in = { $ms ->
    [0] acts now
   *[other] acts in { DURATION($ms) }
}
loop-idle = nothing to do
loop-stopped = stopped for { DURATION($ms) }
loop-silent-nodes = { $nodes ->
    [one] { NUMBER($nodes) } silent node
   *[other] { NUMBER($nodes) } silent nodes
}
loop-ready-pods = { NUMBER($ready) } ready to serve
loop-queue-empty = queue empty
loop-queue = { $pods ->
    [one] { NUMBER($pods) } Pod waits
   *[other] { NUMBER($pods) } Pods wait
}
loop-looks-in = { $ms ->
    [0] looks now
   *[other] looks in { DURATION($ms) }
}
loop-runs = { $all ->
    [0] no Pods
   *[other] { NUMBER($ready) } of { NUMBER($all) } ready
}
loop-probes-in = { $ms ->
    [0] probes now
   *[other] probes in { DURATION($ms) }
}
loop-works-in = { $ms ->
    [0] busy now
   *[other] busy, next in { DURATION($ms) }
}
loop-members = { NUMBER($up) } of { NUMBER($all) } members
loop-leads = { $member } leads
loop-no-api-server = No API server answers
loop-no-quorum = No quorum: { NUMBER($up) } of { NUMBER($all) }
loop-elects = etcd elects a leader
loop-event = watch event
loop-write = write
loop-door = door in the API server
loop-label = Control loop of the cluster { $cluster }

count-of = { NUMBER($count) } { $state }
ready-of = { NUMBER($ready) } of { NUMBER($want) } ready
state-word = { $word }
wish-and-world = wish { NUMBER($want) }, world { NUMBER($have) }

list-kind = Kind
list-name = Name
list-namespace = Namespace
list-state = State
list-place = Where, or how many
list-age = Age
list-actions = Actions
list-parts = Parts of the cluster
list-valid = valid
list-expired = expired
list-running = running

actor-controller = { $who } controller
actor-kubelet = kubelet { $node }
actor-other = { $who }

deed-create = made { $kind } { $name }
deed-update = changed { $kind } { $name }
deed-update-status = noted the state of { $kind } { $name }
deed-delete = asked { $kind } { $name } to leave
deed-remove = removed { $kind } { $name }
deed-decide = decided about { $kind } { $name }
deed-break = broke { $kind } { $name } on purpose
deed-refuse = was refused: { $kind } { $name }

due-register = kubelet { $node } registers its node

keys-timeline = Space plays and pauses, comma and full stop step. On the axis: arrows move, Home goes to the beginning, End to now.
keys-map = Arrows move, Enter selects, Delete deletes, Escape closes.

live-gap = { $name }: wish { NUMBER($want) }, world { NUMBER($have) }, { NUMBER($ready) } ready
live-met = { $name }: all { NUMBER($want) } ready
live-silent = { $node } has gone silent
live-back = { $node } is back

# Why, in one sentence
answer-met = Wish and world agree: { NUMBER($want) }.
answer-missing = { NUMBER($want) } wished for, { NUMBER($have) } there. A loop is still at it.
answer-surplus = { NUMBER($want) } wished for, { NUMBER($have) } there. Some have to go.
answer-unready = { $pods ->
    [one] Enough are there; { NUMBER($pods) } is not ready yet.
   *[other] Enough are there; { NUMBER($pods) } are not ready yet.
}
answer-pod-ready = It runs on { $node } and takes requests.
answer-pod-pending = No node has been found for it.
answer-pod-starting = { $node } is bringing it up.
answer-pod-failing = It cannot go on as it is; the kubelet on { $node } keeps trying.
answer-pod-leaving = It has been asked to leave and is tidying up.
answer-pod-done = It has done its work.
answer-pod-unknown = { $node } is silent, so nobody knows.

# The inspector
inspector-why = Why
inspector-gone = It is gone.
inspector-age = for { DURATION($ms) }
inspector-about = { $kind } in namespace { $namespace }
inspector-about-cluster = { $kind } of the cluster
inspector-waits = Waits for
inspector-conditions = Conditions
inspector-describe = What kubectl describe says
inspector-parts = Parts of the inspector
inspector-times = { NUMBER($count) } times
inspector-decides = decides
inspector-now = now

due-scheduler-looks = scheduler looks for waiting Pods
due-scheduler-again = scheduler tries again
due-scheduler-flush = scheduler looks for what was left over
due-network = { $what } gets its network
due-pull-again = image of { $what } is tried again
due-restart = { $what } is started again
due-election = { $what } renews its lease
due-recovered = etcd has a leader again
due-traffic = clients send requests
due-program = program in { $what } goes on
due-end = { $what } comes to its end
due-report = { $node } reports
break-traffic = Send { NUMBER($count) } requests a second
mend-traffic = Stop the requests
