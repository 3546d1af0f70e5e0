# 왜: 루프가 한 일의 까닭. 부호는 세계가 주고, 말은 여기 있어요.
# `why-부호`: 알갱이는 세계가 준 그대로예요. 한 문장, 해요체, 탓하지 않기.

why = 왜?
why-none = 까닭이 적혀 있지 않아요.
why-chain = 여기까지 온 길

why-you-asked = 내가 시켰어요.
why-wish-changed = 바람이 바뀌었어요.
why-too-few = { NUMBER($want) }개를 바라는데 { NUMBER($have) }개뿐이에요.
why-too-many = { NUMBER($want) }개를 바라는데 { NUMBER($have) }개나 있어요.
why-template-changed = Pod의 틀이 바뀌어서 새 ReplicaSet이 필요해요.
why-rollout-up = 새 ReplicaSet을 { NUMBER($from) }개에서 { NUMBER($to) }개로 늘려요.
why-rollout-down = 옛 ReplicaSet을 { NUMBER($from) }개에서 { NUMBER($to) }개로 줄여요.
why-no-node-fits = 노드 { NUMBER($nodes) }대 가운데 받아 줄 곳이 없어요: { $message }
why-node-fits = { $node }에 자리가 있고 점수가 가장 높아요.
why-image-pull = { $image } 이미지를 받아요.
why-started = 컨테이너가 시작했어요.
why-ready = 준비 검사를 통과해서 요청을 받을 수 있어요.
why-not-ready = 아직 준비 검사를 통과하지 못했어요.
why-node-silent = { $node }에서 소식이 끊겼어요.
why-evicted = { $node }에서 소식이 없는 채로 기다릴 만큼 기다렸어요.
why-owner-gone = 주인이 사라져서 함께 사라져요.
why-endpoints-changed = 요청을 받을 Pod가 바뀌었어요.
