# 트래픽 렌즈: 클라이언트, 요청이 가는 길, 잃은 요청.

traffic-label = 클러스터 { $cluster }로 가는 요청
traffic-none = 아무도 요청을 보내지 않아요.
traffic-none-yet = Service로 요청을 보내 보세요. 그다음 무언가를 바꾸면서 잃는 요청이 있는지 보세요.
traffic-no-service = 요청을 보낼 Service가 없어요. Service는 여러 Pod에 주소 하나를 줘요.
traffic-another = 클라이언트 더 두기
traffic-to = 보낼 곳
traffic-target = { $name }({ $door })
traffic-rates = 초당 요청 수
traffic-rate = { NUMBER($count) }/초
traffic-per-second = 초당 요청 { NUMBER($count) }개
traffic-count = { NUMBER($count) }
traffic-balancer = 로드 밸런서
traffic-ingress = Ingress
traffic-node = 노드 포트
traffic-service = Service
traffic-from-outside = 클러스터 밖에서
traffic-from-node = { $node }에서
traffic-from-pod = Pod { $pod }에서
traffic-nobody = 받을 Pod가 없어요
traffic-pod-label = Pod { $name }, { $state }, 지난 1초에 응답 { NUMBER($answered) }개, 손실 { NUMBER($lost) }개
traffic-dot = 요청 { NUMBER($count) }개
traffic-lost-dot = { $count ->
    [1] 잃은 요청 1개
   *[other] 잃은 요청 { NUMBER($count) }개까지
}
traffic-window = 보는 기간
traffic-minute = 1분
traffic-quarter = 15분
traffic-a-minute-ago = 1분 전
traffic-a-quarter-ago = 15분 전
traffic-each-second = 1초마다 요청 수
traffic-each-quarter = 15초마다 요청 수
traffic-summary-minute = { $lost ->
    [0] 지난 1분: { NUMBER($answered) }개 모두 응답했어요. 평균 { $time }.
   *[other] 지난 1분: { NUMBER($answered) }개 응답, { NUMBER($lost) }개 손실. 평균 { $time }.
}
traffic-summary-quarter = { $lost ->
    [0] 지난 15분: { NUMBER($answered) }개 모두 응답했어요. 평균 { $time }.
   *[other] 지난 15분: { NUMBER($answered) }개 응답, { NUMBER($lost) }개 손실. 평균 { $time }.
}
traffic-micros = { NUMBER($count) } µs
traffic-millis = { NUMBER($large) }.{ $small } ms
traffic-latency = 평균 응답 시간
traffic-as-table = 표로 보기
traffic-when = 시각
traffic-answered = 응답
traffic-lost = 손실
traffic-losses = 잃은 요청과 까닭
traffic-no-losses = 아직 없어요.
traffic-lost-count = 요청 { NUMBER($count) }개
live-losing = { $client }의 요청을 잃고 있어요
live-not-losing = { $client }의 요청에 다시 응답하고 있어요
