# 도움이 될 한 줄, 쿼터, 필드 설명.

cure-let-in = 한 줄이면 들어가요
cure-start = 꺼져 있는 것이 하나 있어요
cure-roll-back = 한 줄이면 되던 때로 돌아가요
cure-free = { $node }에 { $what }{ JOSA($what, "이/가") } { $free } 비어 있어요.
cure-cordoned = { $node }에 들어갈 수 있는데, 새 Pod를 받지 않게 해 두었어요.
cure-label = { $node }에 레이블 { $label }{ JOSA($label, "이/가") } 있으면 들어갈 수 있어요.
cure-taint = { $node }에 테인트 { $taint }{ JOSA($taint, "이/가") } 없으면 들어갈 수 있어요.
cure-stopped = { $node }{ JOSA($node, "을/를") } 꺼 두어서, 그 위의 Pod를 돌보는 것이 없어요.
cure-image = { $image } 이미지를 가져올 수 없어요. 바로 앞 리비전은 { $before }{ JOSA($before, "을/를") } 썼어요.

quota-stops = 네임스페이스의 쿼터에 Pod 하나가 더 들어갈 자리가 없어요.
quota-verdict = 판정
quota-name = 쿼터
quota-used = 쓴 양
quota-hard = 허용량
quota-asks = 하나 더 필요한 양

hover-required = 필수
hover-default = 안 쓰면 { $value }
hover-values = { $values } 중 하나

# RBAC가 거절한 것
rbac-title = API 서버가 거절한 요청
rbac-cluster = 클러스터 전체
rbac-namespace = 네임스페이스 { $namespace }
rbac-now = 지금은 허용하는 규칙이 있어요.
rbac-nobody = 이 사용자를 말하는 바인딩이 없어서 살펴볼 규칙도 없었어요.
rbac-tried = 거부하는 규칙은 없어요. 아래 규칙 가운데 허용하는 것이 없을 뿐이에요.
rbac-by = 바인딩
rbac-verbs = 동사
rbac-groups = API 그룹
rbac-resources = 리소스
rbac-names = 이름
rbac-fits = 맞음
rbac-misses = 맞지 않음
