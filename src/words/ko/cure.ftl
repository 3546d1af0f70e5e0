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
