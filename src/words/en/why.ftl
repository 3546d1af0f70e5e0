# Why: the reasons for what loops do. Codes and arguments come from the world
# (`src/kube/why.rs`), the words are here. One sentence, no blame.

why = Why?
why-none = No reason was written down.
why-chain = How it came to this

# People, and the beginning
why-asked = You asked for it.
why-bootstrap = It has been there since the cluster began.

# Loops that keep a number
why-too-few = Too few: { NUMBER($want) } wanted, { NUMBER($have) } there.
why-too-many = Too many: { NUMBER($want) } wanted, { NUMBER($have) } there.
why-new-template = The Pod template is a new one, so it gets a ReplicaSet of its own: revision { NUMBER($revision) }.
why-rollout-up = The new ReplicaSet goes from { NUMBER($from) } to { NUMBER($to) }.
why-rollout-down = The old ReplicaSet goes from { NUMBER($from) } to { NUMBER($to) }.
why-observed = What was known of it has changed.
why-owner-gone = Its owner is gone, so it goes too.
why-endpoints-changed = { $ready ->
    [one] Now { NUMBER($ready) } Pod can take requests.
   *[other] Now { NUMBER($ready) } Pods can take requests.
}
why-namespace-ending = Its namespace is being deleted, and what is inside goes too.

# Places
why-node-fits = { NUMBER($feasible) } of { NUMBER($nodes) } nodes could take it, and { $node } had the highest score.
why-no-node-fits = There is no place for it yet. In the scheduler's words: “{ $message }”

# On the node
why-container-creating = Its image is being fetched and its container made.
why-container-started = Its container started.
why-container-ended = { $code ->
    [0] Its container has done its work.
   *[other] Its container ended with code { $code }.
}
why-back-off = It keeps ending, so it rests { NUMBER($seconds) } s before the next start.
why-out-of-memory = It used more memory than its limit, so the kernel killed it (code 137, OOMKilled).
why-mount-failed = Its volume { $volume } cannot be mounted: { $message }
why-config-missing = Its environment names something that is not there: { $message }
why-image-pull-failed = The image { $image } could not be fetched.
why-probe-passed = { $probe ->
    [readiness] It passed its readiness probe and can take requests.
   *[other] It passed its { $probe } probe.
}
why-probe-failed = { $probe ->
    [readiness] It did not answer its readiness probe several times in a row, so it gets no requests.
    [liveness] It did not answer its liveness probe several times in a row, so it is started again.
    [startup] It did not answer its startup probe several times in a row, so it is started again.
   *[other] It did not answer its { $probe } probe several times in a row.
}
why-ended = Its time to tidy up is over, and it is gone.

# Nodes
why-heartbeat = The node sent word.
why-node-silent = { $node } has gone silent.
why-node-back = { $node } sends word again.
why-evicted = Its node has the taint { $taint }, and it has put up with that for as long as it was willing to.
why-preempted = { $pod } matters more, and there was no other place for it.
why-node-gone = Its node { $node } does not exist any more, so nobody can say whether it still runs.

# Workloads that run on each node, keep their names, or end
why-new-revision = Its template is new, and is kept as revision { NUMBER($revision) }.
why-node-wants = The node { $node } should have one, and had none.
why-node-unwanted = The node { $node } should not have one.
why-old-template = It was made from an older template.
why-pod-ended = It should go on running, but has ended.
why-next-ordinal = It is number { NUMBER($ordinal) }, and its turn has come.
why-claim-for = { $pod } needs storage of its own.
why-job-over = Its Job is over: { $reason }.
why-counted = Its Job has counted it, so it need not be kept.
why-schedule-due = Its time has come: { $at }.
why-replaced = The next run has come, and takes the place of this one.
why-expired = It ended { NUMBER($seconds) } s ago, which is as long as it should stay.

# Storage
why-volume-fits = The volume { $volume } is what it asked for.
why-no-volume-fits = There is no volume like the one that it asks for.
why-not-in-use = Nothing uses it any more.
why-protected = It is kept until nothing uses it any more.

# The path of a request
why-path-dns = { $name } is { $address }.
why-path-dns-unknown = Nobody knows the name { $name } (NXDOMAIN).
why-path-dns-denied = The policy { $policy } does not let the Pod ask the DNS server, so the name { $name } stays unknown.
why-path-service = The Service has { NUMBER($ready) } usable endpoints for port { $port }; this request goes to { $address }.
why-path-no-service = There is no such Service.
why-path-no-port = The Service has no port { $port }, so nobody answers there.
why-path-no-endpoint = The Service has no ready endpoint for port { $port } ({ NUMBER($all) } in all), so it refuses.
why-path-no-local-endpoint = On this node the Service has no endpoint, and its traffic policy is Local, so the request is dropped ({ NUMBER($all) } elsewhere).
why-path-node = To the node { $node }.
why-path-policy-allows = The policy { $policy } allows it ({ $direction }).
why-path-policy-denies = The policies { $policy } select this Pod and none of their rules allows it ({ $direction }), so the packets are dropped.
why-path-pod = A program listens on port { $port }.
why-path-not-listening = Nothing listens on port { $port } here, so the connection is refused.
why-path-not-running = No container runs in this Pod, so the connection is refused.
why-path-gone = Nobody has the address { $address } any more, so nothing comes back.
why-path-nobody = Nobody has the address { $address }.
why-path-outside = Out of the cluster, to { $address }.
why-path-api-server = To the API server.

# Requests that were lost
why-traffic-stopping = { $pod } has been told to stop and listens no more, while kube-proxy still sends it requests. A preStop hook that waits a few seconds closes that gap.
why-traffic-starting = { $pod } counts as ready although its program does not listen yet. A readiness probe holds requests back until it does.
why-traffic-gone = Nobody has the address of { $pod } any more, while kube-proxy still sends requests there.
why-traffic-not-listening = Nothing listens on port { $port } of { $pod }, so its requests are refused.
why-traffic-overloaded = { $pod } gets more requests than its CPU can answer.
why-address-given = It was given the address { $address }.
why-rbac-denied = No role that is bound to { $user } lets them { $verb } { $what }.
why-pod-refused = The API server took no further Pod: { $message }
why-memory-pressure = Its node was running out of memory. Pods that use more than they asked for go first.
why-path-load-balancer = At the load balancer's address { $address }.
why-path-ingress = The ingress controller sends { $host }{ $path } to the Service { $service }.
why-path-ingress-none = No Ingress has a rule for { $host }{ $path }, so the answer is 404.
why-path-inside-only = The address { $address } is known only inside the cluster.
