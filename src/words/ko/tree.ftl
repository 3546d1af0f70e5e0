# 클러스터의 트리 렌즈: 소유자, Service, 그 사이의 Pod.

tree-label = 클러스터 { $cluster }의 소유자와 Service
tree-none = 아직 무엇을 소유하거나 고르는 것이 없어요.
tree-loose = 소유자 없음
tree-revision = 리비전 { $revision }
tree-hidden = Pod 없이 남겨 둔 이전 것 { NUMBER($count) }개 더
tree-completions = 성공 { NUMBER($want) }번 필요
gap-short = 바람 { NUMBER($want) }, 세계 { NUMBER($have) }
tree-slice = { NUMBER($all) }개 중 { NUMBER($ready) }개 준비됨
tree-selects-none = 고르는 Pod 없음
tree-open = Service가 요청을 보냄
tree-waiting = 골랐지만 아직 요청 없음
tree-closed = 고르는 Service 없음
tree-pods = Pod { NUMBER($count) }개
tree-of = Pod { NUMBER($want) }개 중 { NUMBER($have) }개
