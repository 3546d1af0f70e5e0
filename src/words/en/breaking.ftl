# Breaking on purpose, and mending. `break-x` and `mend-x` stand beside the object they are about;
# `break-the-x` and `mend-the-x` name it.

break-container = Kill { $container }
break-pod = Kill the Pod
break-image = Spoil the image tag
mend-image = Put the image tag back
break-spike = Spike the traffic
mend-spike = End the spike
break-certificate = Expire its certificate
mend-certificate = Renew its certificate

break-the-kubelet = Stop the kubelet on { $name }
mend-the-kubelet = Start the kubelet on { $name }
break-the-node = Switch off node { $name }
mend-the-node = Switch on node { $name }
break-the-client = Let the client { $name } send requests
mend-the-client = Stop the client { $name }
break-the-zone = Take zone { $name } out
mend-the-zone = Bring zone { $name } back
break-the-member = Fail { $name } of the control plane of { $cluster }
mend-the-member = Start { $name } of the control plane of { $cluster }
break-the-flaw = Let a flaw of kube-apiserver become known
mend-the-flaw = Patch the control plane of { $name }
break-the-container = Kill container { $container } of Pod { $name }
break-the-pod = Kill Pod { $name }
break-the-image = Spoil the image tag of { $kind } { $name }
mend-the-image = Put the image tag of { $kind } { $name } back
break-the-traffic = Spike the traffic to Service { $name }
mend-the-traffic = End the spike on Service { $name }
break-the-certificate = Expire the kubelet’s certificate on { $name }
mend-the-certificate = Renew the kubelet’s certificate on { $name }
break-the-kubeconfig = Expire your kubeconfig’s certificate
mend-the-kubeconfig = Renew your kubeconfig’s certificate
break-the-access-key = Expire the credentials of access key { $name }
mend-the-access-key = Renew the credentials of access key { $name }

# What is broken now
broken-now = Broken on purpose
broken-none = Nothing is broken on purpose.
broken-count = { $count ->
    [one] 1 broken
   *[other] { NUMBER($count) } broken
}
broken-since = since { $time }
map-zone-out = { $zone }, out since { $time }
why-broken = You broke this on purpose at { $time }: { $what }
deed-mend = mended { $kind } { $name }
break-this = Break this

# Why: reasons that somebody had
why-component-stopped = You stopped { $component } on purpose.
why-component-started = You started { $component } again.
why-zone-out = You took the zone out on purpose.
why-zone-back = You brought the zone back.
why-member-out = You made it fail on purpose.
why-member-back = You started it again.
why-container-killed = You killed its container { $container } on purpose (SIGKILL, code 137).
why-containers-killed = You killed its containers on purpose (SIGKILL, code 137).
why-pod-killed = You killed it on purpose, without a grace period.
why-image-spoiled = You spoiled the image tag on purpose: { $from } became { $to }.
why-image-mended = You put the image tag back: { $image }.
why-traffic-spiked = You spiked the traffic on purpose: { NUMBER($count) } more requests a second.
why-client-sends = You let a client send requests.
why-client-ceased = You stopped the client.
why-traffic-calmed = You ended the spike.
why-credential-expired = You let the credential { $credential } expire on purpose. Requests with it are refused: Unauthorized.
why-credential-renewed = You renewed the credential { $credential }.
