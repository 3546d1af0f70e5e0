# 일부러 망가뜨리고 되살리기. `break-x`와 `mend-x`는 대상 바로 옆에 서고, `break-the-x`와 `mend-the-x`는
# 대상의 이름을 불러요.

break-container = { $container } 죽이기
break-pod = Pod 죽이기
break-image = 이미지 태그 망치기
mend-image = 이미지 태그 되돌리기
break-spike = 트래픽 폭증시키기
mend-spike = 트래픽 폭증 끝내기
break-certificate = 인증서 만료시키기
mend-certificate = 인증서 갱신하기

break-the-kubelet = { $name }의 kubelet 멈추기
mend-the-kubelet = { $name }의 kubelet 다시 켜기
break-the-node = 노드 { $name } 끄기
mend-the-node = 노드 { $name } 다시 켜기
break-the-client = 클라이언트 { $name } 요청 보내기
mend-the-client = 클라이언트 { $name } 멈추기
break-the-zone = 가용 영역 { $name } 끄기
mend-the-zone = 가용 영역 { $name } 다시 켜기
break-the-member = { $cluster } 컨트롤 플레인의 { $name } 멈추기
mend-the-member = { $cluster } 컨트롤 플레인의 { $name } 다시 켜기
break-the-flaw = kube-apiserver의 결함을 세상에 알리기
mend-the-flaw = { $name }의 컨트롤 플레인 패치하기
break-the-container = Pod { $name }의 컨테이너 { $container } 죽이기
break-the-pod = Pod { $name } 죽이기
break-the-image = { $kind } { $name }의 이미지 태그 망치기
mend-the-image = { $kind } { $name }의 이미지 태그 되돌리기
break-the-traffic = Service { $name }의 트래픽 폭증시키기
mend-the-traffic = Service { $name }의 트래픽 폭증 끝내기
break-the-certificate = { $name } kubelet의 인증서 만료시키기
mend-the-certificate = { $name } kubelet의 인증서 갱신하기
break-the-kubeconfig = 내 kubeconfig의 인증서 만료시키기
mend-the-kubeconfig = 내 kubeconfig의 인증서 갱신하기
break-the-access-key = 액세스 키 { $name }의 자격 증명 만료시키기
mend-the-access-key = 액세스 키 { $name }의 자격 증명 갱신하기

# 지금 망가져 있는 것
broken-now = 일부러 망가뜨린 것
broken-none = 일부러 망가뜨린 것이 없어요.
broken-count = { NUMBER($count) }개 망가져 있음
broken-since = { $time }부터
map-zone-out = { $zone }, { $time }부터 멈춤
why-broken = { $time }에 내가 일부러 망가뜨렸어요: { $what }
deed-mend = { $kind } { $name } 되살림
break-this = 이것 망가뜨리기

# 왜: 사람이 한 일의 까닭
why-component-stopped = 내가 일부러 { $component }{ JOSA($component, "을/를") } 멈췄어요.
why-component-started = 내가 { $component }{ JOSA($component, "을/를") } 다시 켰어요.
why-zone-out = 내가 일부러 가용 영역을 껐어요.
why-zone-back = 내가 가용 영역을 다시 켰어요.
why-member-out = 내가 일부러 멈추게 했어요.
why-member-back = 내가 다시 켰어요.
why-container-killed = 내가 일부러 컨테이너 { $container }{ JOSA($container, "을/를") } 죽였어요(SIGKILL, 종료 코드 137).
why-containers-killed = 내가 일부러 컨테이너를 모두 죽였어요(SIGKILL, 종료 코드 137).
why-pod-killed = 내가 일부러 유예 시간 없이 죽였어요.
why-image-spoiled = 내가 일부러 이미지 태그를 망쳤어요. { $from }{ JOSA($from, "이/가") } { $to }{ JOSA($to, "으로/로") } 바뀌었어요.
why-image-mended = 내가 이미지 태그를 되돌렸어요: { $image }
why-traffic-spiked = 내가 일부러 트래픽을 폭증시켰어요. 1초에 요청 { NUMBER($count) }개가 더 와요.
why-client-sends = 내가 클라이언트더러 요청을 보내라고 했어요.
why-client-ceased = 내가 클라이언트를 멈췄어요.
why-traffic-calmed = 내가 트래픽 폭증을 끝냈어요.
why-credential-expired = 내가 일부러 자격 증명 { $credential }{ JOSA($credential, "을/를") } 만료시켰어요. 이것으로 보낸 요청은 Unauthorized로 거절돼요.
why-credential-renewed = 내가 자격 증명 { $credential }{ JOSA($credential, "을/를") } 갱신했어요.
