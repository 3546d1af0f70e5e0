# The Traffic lens: clients, the way of their requests, what was lost.

traffic-label = Requests to the cluster { $cluster }
traffic-none = Nobody sends requests.
traffic-none-yet = Send some to a Service, then change something and see whether any are lost.
traffic-no-service = There is no Service to send them to. A Service gives Pods one address.
traffic-another = Another client
traffic-to = To
traffic-target = { $name }, by { $door }
traffic-rates = Requests a second
traffic-rate = { NUMBER($count) }/s
traffic-per-second = { $count ->
    [one] { NUMBER($count) } request a second
   *[other] { NUMBER($count) } requests a second
}
traffic-count = { NUMBER($count) }
traffic-balancer = load balancer
traffic-ingress = Ingress
traffic-node = node port
traffic-service = Service
traffic-from-outside = from outside the cluster
traffic-from-node = from { $node }
traffic-from-pod = from Pod { $pod }
traffic-nobody = no Pod takes them
traffic-pod-label = Pod { $name }, { $state }, { NUMBER($answered) } answered and { NUMBER($lost) } lost in the last second
traffic-dot = { $count ->
    [one] one request
   *[other] { NUMBER($count) } requests
}
traffic-lost-dot = { $count ->
    [one] one lost
   *[other] lost, up to { NUMBER($count) }
}
traffic-window = Window
traffic-minute = 1 min
traffic-quarter = 15 min
traffic-a-minute-ago = 1 min ago
traffic-a-quarter-ago = 15 min ago
traffic-each-second = requests in each second
traffic-each-quarter = requests in every 15 seconds
traffic-summary-minute = { $lost ->
    [0] Last minute: { NUMBER($answered) } answered, none lost, { $time } on average.
   *[other] Last minute: { NUMBER($answered) } answered, { NUMBER($lost) } lost, { $time } on average.
}
traffic-summary-quarter = { $lost ->
    [0] Last 15 minutes: { NUMBER($answered) } answered, none lost, { $time } on average.
   *[other] Last 15 minutes: { NUMBER($answered) } answered, { NUMBER($lost) } lost, { $time } on average.
}
traffic-micros = { NUMBER($count) } µs
traffic-millis = { NUMBER($large) }.{ $small } ms
traffic-latency = mean time to an answer
traffic-as-table = As a table
traffic-when = When
traffic-answered = Answered
traffic-lost = Lost
traffic-losses = Lost, and why
traffic-no-losses = None so far.
traffic-lost-count = { $count ->
    [one] { NUMBER($count) } request
   *[other] { NUMBER($count) } requests
}
live-losing = requests of { $client } are being lost
live-not-losing = requests of { $client } are answered again
