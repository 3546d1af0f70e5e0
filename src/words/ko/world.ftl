# 세계의 렌즈: 지도, 루프, 목록.

map-no-wish = 아직 적힌 바람이 없어요.
map-no-place = 아직 자리가 없어요
map-acts = 여기서 할 수 있는 일
map-label = 클러스터 { $cluster }의 지도

loop-revision = rev { $revision }
loop-sees = { NUMBER($want) }개 바람, { NUMBER($have) }개 있음
loop-hears-in = { $ms ->
    [0] 이제 움직여요
   *[other] { DURATION($ms) } 뒤에 움직여요
}
loop-idle = 할 일이 없어요
loop-stopped = 멈춘 지 { DURATION($ms) }
loop-silent-nodes = 소식 없는 노드 { NUMBER($nodes) }대
loop-ready-pods = 요청을 받을 Pod { NUMBER($ready) }개
loop-queue-empty = 기다리는 Pod 없음
loop-queue = Pod { NUMBER($pods) }개가 기다려요
loop-looks-in = { $ms ->
    [0] 이제 살펴봐요
   *[other] { DURATION($ms) } 뒤에 살펴봐요
}
loop-runs = { $all ->
    [0] Pod 없음
   *[other] { NUMBER($all) }개 중 { NUMBER($ready) }개 준비됨
}
loop-probes-in = { $ms ->
    [0] 이제 검사해요
   *[other] { DURATION($ms) } 뒤에 검사해요
}
loop-works-in = { $ms ->
    [0] 이제 일해요
   *[other] 일하는 중, { DURATION($ms) } 뒤
}
loop-members = 구성원 { NUMBER($all) }개 가운데 { NUMBER($up) }개
loop-leads = 리더 { $member }
loop-no-api-server = 응답하는 API 서버가 없어요
loop-no-quorum = 정족수 미달: { NUMBER($all) }개 가운데 { NUMBER($up) }개
loop-elects = etcd가 리더를 뽑는 중
loop-event = watch 이벤트
loop-write = 쓰기
loop-door = API 서버의 문
loop-label = 클러스터 { $cluster }의 제어 루프

count-of = { $state } { NUMBER($count) }
ready-of = { NUMBER($want) }개 중 { NUMBER($ready) }개 준비됨
state-word = { $word }
wish-and-world = 바람 { NUMBER($want) }, 세계 { NUMBER($have) }

list-kind = 종류
list-name = 이름
list-namespace = 네임스페이스
list-state = 상태
list-place = 있는 곳, 또는 개수
list-age = 나이
list-actions = 할 수 있는 일
list-parts = 클러스터의 부품
list-valid = 유효함
list-expired = 만료됨
list-running = 돌고 있음

actor-controller = { $who } 컨트롤러
actor-kubelet = kubelet { $node }
actor-other = { $who }

deed-create = { $kind } { $name } 만듦
deed-update = { $kind } { $name } 고침
deed-update-status = { $kind } { $name }의 상태를 적음
deed-delete = { $kind } { $name } 지우라고 함
deed-remove = { $kind } { $name } 없앰
deed-decide = { $kind } { $name }의 일을 정함
deed-break = { $kind } { $name } 일부러 망가뜨림
deed-refuse = { $kind } { $name }, 거절당함

due-register = kubelet { $node }, 노드를 등록

keys-timeline = 스페이스는 재생과 멈춤, 쉼표와 마침표는 한 걸음이에요. 축 위에서는 화살표로 움직이고, Home은 처음, End는 지금이에요.
keys-map = 화살표로 옮기고, Enter로 고르고, Delete로 지우고, Escape로 닫아요.

live-gap = { $name }: 바람 { NUMBER($want) }, 세계 { NUMBER($have) }, 준비됨 { NUMBER($ready) }
live-met = { $name }: { NUMBER($want) }개 모두 준비됨
live-silent = { $node }에서 소식이 끊겼어요
live-back = { $node }에서 소식이 돌아왔어요

# 왜, 한 문장으로
answer-met = 바람과 세계가 같아요. { NUMBER($want) }개예요.
answer-missing = { NUMBER($want) }개를 바라는데 { NUMBER($have) }개 있어요. 루프가 메우고 있어요.
answer-surplus = { NUMBER($want) }개를 바라는데 { NUMBER($have) }개 있어요. 몇 개는 떠나야 해요.
answer-unready = 개수는 맞아요. 아직 준비되지 않은 것이 { NUMBER($pods) }개 있어요.
answer-pod-ready = { $node }에서 돌고 있고 요청을 받아요.
answer-pod-pending = 받아 줄 노드를 아직 찾지 못했어요.
answer-pod-starting = { $node }에서 켜는 중이에요.
answer-pod-failing = 이대로는 나아가지 못해요. { $node }의 kubelet이 거듭 켜 보고 있어요.
answer-pod-leaving = 떠나 달라는 말을 듣고 정리하는 중이에요.
answer-pod-done = 할 일을 마쳤어요.
answer-pod-unknown = { $node }에서 소식이 없어 아무도 몰라요.

# 살펴보기
inspector-why = 왜
inspector-gone = 이제 없어요.
inspector-age = { DURATION($ms) }째
inspector-about = { $kind }, 네임스페이스 { $namespace }
inspector-about-cluster = 클러스터의 { $kind }
inspector-waits = 기다리는 것
inspector-conditions = 조건
inspector-describe = kubectl describe가 하는 말
inspector-parts = 살펴보기의 부분
inspector-times = { NUMBER($count) }번
inspector-decides = 여기서 갈림
inspector-now = 지금

due-scheduler-looks = scheduler가 기다리는 Pod를 찾음
due-scheduler-again = scheduler가 다시 해 봄
due-scheduler-flush = scheduler가 빠진 것을 살핌
due-network = { $what }{ JOSA($what, "이/가") } 네트워크를 얻음
due-pull-again = { $what } 이미지를 다시 받아 봄
due-restart = { $what } 다시 켜 봄
due-election = { $what } 임대 갱신
due-recovered = etcd 리더가 다시 정해짐
due-traffic = 클라이언트가 요청을 보냄
due-program = { $what } 안 프로그램이 이어서 동작
due-end = { $what } 끝남
due-report = { $node } 상태 보고
break-traffic = 초당 { NUMBER($count) }개 요청 보내기
mend-traffic = 요청 멈추기
