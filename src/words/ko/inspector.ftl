# 살펴보기: 고른 것 하나를 자세히.

inspector = 살펴보기
inspector-nothing = 도면에서 무엇이든 골라 보세요.
inspector-yaml = YAML
inspector-events = 이벤트
inspector-no-events = 이벤트가 아직 없어요.
inspector-why-state = 왜 { $state }인가요?
inspector-why-here = 왜 여기 있나요?
inspector-in-namespace = { $kind }, 네임스페이스 { $namespace }
inspector-for = { DURATION($ms) }째 { $state }

action-edit = 바람 고치기
action-delete = 지우기
action-break = 망가뜨리기
action-mend = 다시 살리기
break-stop-kubelet = kubelet 멈추기
break-stop-node = 노드 끄기
break-stop-component = { $component } 멈추기
mend-kubelet = kubelet 다시 켜기
mend-node = 노드 다시 켜기
mend-component = { $component } 다시 켜기

scheduler-nodes = 노드
scheduler-passes = 통과
scheduler-stops = 막힘
scheduler-not-asked = 묻지 않음
scheduler-none-fits = 모든 거름망을 통과한 노드가 없어요. scheduler가 { NUMBER($nodes) }대를 살펴봤어요.

commands-same = 터미널에서는 이렇게 해요
command-copy = 복사
command-copy-this = { $command } 복사
command-run = 실행
command-run-this = { $command } 실행
