# Why: the reasons for what loops do. The world gives the code, the words are here.
# `why-CODE`: arguments come from the world as they are. One sentence, no blame.

why = Why?
why-none = No reason was written down.
why-chain = How it came to this

why-you-asked = You asked for it.
why-wish-changed = The wish changed.
why-too-few = Too few: { NUMBER($want) } wanted, { NUMBER($have) } there.
why-too-many = Too many: { NUMBER($want) } wanted, { NUMBER($have) } there.
why-template-changed = The Pod template changed, so a new ReplicaSet is needed.
why-rollout-up = The new ReplicaSet goes from { NUMBER($from) } to { NUMBER($to) }.
why-rollout-down = The old ReplicaSet goes from { NUMBER($from) } to { NUMBER($to) }.
why-no-node-fits = { $nodes ->
    [0] There is no node to place it on: { $message }
    [one] The only node cannot take it: { $message }
   *[other] None of { NUMBER($nodes) } nodes can take it: { $message }
}
why-node-fits = { $node } has room and the highest score.
why-image-pull = The image { $image } has to be fetched.
why-started = Its container started.
why-ready = It passed its readiness check and can take requests.
why-not-ready = It has not passed its readiness check.
why-node-silent = { $node } has gone silent.
why-evicted = { $node } stayed silent for as long as we were willing to wait.
why-owner-gone = Its owner is gone, so it goes too.
why-endpoints-changed = The Pods that can take requests changed.
