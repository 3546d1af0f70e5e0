# 왜: 루프가 한 일의 까닭. 부호와 알갱이는 세계가 주고(`src/kube/why.rs`), 말은 여기 있어요.
# 한 문장, 해요체, 탓하지 않기.

why = 왜?
why-none = 까닭이 적혀 있지 않아요.
why-chain = 여기까지 온 길

# 사람과 시작
why-asked = 내가 시켰어요.
why-bootstrap = 클러스터가 생길 때부터 있었어요.

# 수를 맞추는 루프
why-too-few = { NUMBER($want) }개를 바라는데 { NUMBER($have) }개뿐이에요.
why-too-many = { NUMBER($want) }개를 바라는데 { NUMBER($have) }개나 있어요.
why-new-template = Pod의 틀이 처음 보는 것이라 ReplicaSet을 새로 만들어요. { NUMBER($revision) }번째 판이에요.
why-rollout-up = 새 ReplicaSet을 { NUMBER($from) }개에서 { NUMBER($to) }개로 늘려요.
why-rollout-down = 옛 ReplicaSet을 { NUMBER($from) }개에서 { NUMBER($to) }개로 줄여요.
why-observed = 알고 있던 것과 달라져서 새로 적었어요.
why-owner-gone = 주인이 사라져서 함께 사라져요.
why-endpoints-changed = 요청을 받을 수 있는 Pod가 { NUMBER($ready) }개로 바뀌었어요.
why-namespace-ending = 네임스페이스를 지우는 중이라 안에 있던 것도 사라져요.

# 자리
why-node-fits = 노드 { NUMBER($nodes) }대 가운데 { NUMBER($feasible) }대에 놓을 수 있었고, { $node }의 점수가 가장 높았어요.
why-no-node-fits = 아직 놓을 자리가 없어요. scheduler의 말로는 “{ $message }”

# 노드 위에서
why-container-creating = 이미지를 받고 컨테이너를 만드는 중이에요.
why-container-started = 컨테이너가 시작했어요.
why-container-ended = { $code ->
    [0] 컨테이너가 할 일을 마쳤어요.
   *[other] 컨테이너가 { $code }번 코드로 끝났어요.
}
why-back-off = 거듭 끝나서, 다음 시작까지 { NUMBER($seconds) }초 쉬어요.
why-out-of-memory = 메모리를 제한보다 많이 써서 커널이 끝냈어요(코드 137, OOMKilled).
why-mount-failed = { $volume } 볼륨을 마운트할 수 없어요: { $message }
why-config-missing = 환경에 적힌 것이 아직 없어요: { $message }
why-image-pull-failed = { $image } 이미지를 받지 못했어요.
why-probe-passed = { $probe ->
    [readiness] 준비 검사를 통과해서 요청을 받을 수 있어요.
    [liveness] 생존 검사를 통과했어요.
    [startup] 시작 검사를 통과했어요.
   *[other] { $probe } 검사를 통과했어요.
}
why-probe-failed = { $probe ->
    [readiness] 준비 검사에 거듭 답하지 않아서, 요청을 보내지 않아요.
    [liveness] 생존 검사에 거듭 답하지 않아서, 다시 시작해요.
    [startup] 시작 검사에 거듭 답하지 않아서, 다시 시작해요.
   *[other] { $probe } 검사에 거듭 답하지 않았어요.
}
why-ended = 정리할 시간이 지나서 사라졌어요.

# 노드
why-heartbeat = 노드가 소식을 전했어요.
why-node-silent = { $node }에서 소식이 끊겼어요.
why-node-back = { $node }에서 다시 소식이 와요.
why-evicted = 노드에 { $taint } 테인트가 붙었고, 그것을 견디는 시간이 다 됐어요.
why-preempted = 우선순위가 더 높은 { $pod }에 다른 자리가 없어서, 이 자리를 내주었어요.
why-node-gone = 노드 { $node }{ JOSA($node, "이/가") } 더는 없어서, 아직 실행 중인지 알려 줄 곳이 없어요.

# 노드마다 하나씩, 이름을 지키며, 또는 끝날 때까지 실행하는 워크로드
why-new-revision = 템플릿이 새것이라서 리비전 { NUMBER($revision) }번으로 남겼어요.
why-node-wants = 노드 { $node }에 하나 있어야 하는데 없었어요.
why-node-unwanted = 노드 { $node }에는 없어야 해요.
why-old-template = 예전 템플릿으로 만든 것이에요.
why-pod-ended = 계속 실행해야 하는데 끝나 버렸어요.
why-next-ordinal = { NUMBER($ordinal) }번 차례가 됐어요.
why-claim-for = { $pod }에 자기만의 스토리지가 필요해요.
why-job-over = 잡이 끝났어요: { $reason }.
why-counted = 잡이 결과를 셌으니, 더 붙잡아 두지 않아도 돼요.
why-schedule-due = 정해 둔 시각이 됐어요: { $at }.
why-replaced = 다음 차례가 와서, 이번 것을 대신해요.
why-expired = 끝난 지 { NUMBER($seconds) }초가 지나서, 정해 둔 만큼 남아 있었어요.

# 스토리지
why-volume-fits = 볼륨 { $volume }{ JOSA($volume, "이/가") } 요청과 맞아요.
why-no-volume-fits = 요청과 맞는 볼륨이 없어요.
why-not-in-use = 이제 아무도 쓰지 않아요.
why-protected = 아무도 쓰지 않을 때까지 남겨 둬요.

# 요청이 가는 길
why-path-dns = { $name }{ JOSA($name, "은/는") } { $address }예요.
why-path-dns-unknown = { $name } 이름은 아무도 몰라요(NXDOMAIN).
why-path-dns-denied = { $policy } 정책이 DNS 서버로 가는 것을 막아서 { $name }의 주소를 알 수 없어요.
why-path-service = 서비스의 { $port }번 포트에 쓸 수 있는 엔드포인트가 { NUMBER($ready) }개 있고, 이 요청은 { $address }{ JOSA($address, "으로/로") } 가요.
why-path-no-service = 그런 서비스가 없어요.
why-path-no-port = 서비스에 { $port }번 포트가 없어서 아무도 답하지 않아요.
why-path-no-endpoint = 서비스의 { $port }번 포트에 준비된 엔드포인트가 없어서(모두 { NUMBER($all) }개) 연결을 거절해요.
why-path-no-local-endpoint = 이 노드에는 엔드포인트가 없고 트래픽 정책이 Local이라 요청을 버려요(다른 곳에 { NUMBER($all) }개).
why-path-node = { $node } 노드로 가요.
why-path-policy-allows = { $policy } 정책이 허용해요({ $direction }).
why-path-policy-denies = { $policy } 정책이 이 파드를 고르는데 허용하는 규칙이 없어서({ $direction }) 패킷을 버려요.
why-path-pod = { $port }번 포트에서 프로그램이 듣고 있어요.
why-path-not-listening = { $port }번 포트에서 듣는 프로그램이 없어서 연결을 거절해요.
why-path-not-running = 이 파드에서 실행 중인 컨테이너가 없어서 연결을 거절해요.
why-path-gone = { $address } 주소를 가진 파드가 이제 없어서 아무 답도 오지 않아요.
why-path-nobody = { $address } 주소를 가진 곳이 없어요.
why-path-outside = 클러스터 밖 { $address }{ JOSA($address, "으로/로") } 나가요.
why-path-api-server = API 서버로 가요.

# 잃어버린 요청
why-traffic-stopping = { $pod }에 종료하라고 해서 더는 듣지 않는데, kube-proxy는 아직 요청을 보내고 있어요. preStop 훅에서 몇 초 기다리면 이 틈이 없어져요.
why-traffic-starting = { $pod }의 프로그램이 아직 듣지 않는데 준비된 것으로 보고 있어요. 준비 검사(readinessProbe)를 두면 들을 때까지 요청을 보내지 않아요.
why-traffic-gone = { $pod }의 주소가 이제 없는데, kube-proxy는 아직 그리로 요청을 보내고 있어요.
why-traffic-not-listening = { $pod }의 { $port }번 포트에서 듣는 프로그램이 없어서 요청을 거절해요.
why-traffic-overloaded = { $pod }에 CPU로 감당할 수 있는 것보다 많은 요청이 와요.
why-address-given = { $address } 주소를 받았어요.
why-rbac-denied = { $user }에 묶인 역할 가운데 { $what } { $verb } 요청을 허용하는 것이 없어요.
why-pod-refused = API 서버가 파드를 더 받지 않았어요: { $message }
why-memory-pressure = 노드에 메모리가 모자랐어요. 요청한 것보다 많이 쓰는 파드부터 내보내요.
why-path-load-balancer = 로드 밸런서 주소 { $address }에 닿았어요.
why-path-ingress = 인그레스 컨트롤러가 { $host }{ $path } 요청을 { $service } 서비스로 보내요.
why-path-ingress-none = { $host }{ $path }에 맞는 인그레스 규칙이 없어서 404로 답해요.
why-path-inside-only = { $address } 주소는 클러스터 안에서만 알 수 있어요.
