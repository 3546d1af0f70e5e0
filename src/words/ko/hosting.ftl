# 클러스터 바깥에서 돌아가는 것들: 서비스 모델, 호스트, 이미지. 코드와 인자는 `src/hosting/`에서 와요.

why-hosting-losing = 1초에 요청 { NUMBER($demand) }개가 왔는데 { NUMBER($capacity) }개만 처리할 수 있었어요.
why-hosting-keeping-up = 다시 모든 요청을 받을 수 있어요: 1초에 { NUMBER($capacity) }개까지, 지금은 { NUMBER($demand) }개예요.
why-hosting-ordered = { $model ->
    [on-premises] 서버 { NUMBER($count) }대를 더 주문했어요. 오늘이 아니라 몇 주 뒤에 와요.
   *[other] 인스턴스 { NUMBER($count) }대를 더 요청했어요. { NUMBER($minutes) }분 뒤에 준비돼요.
}
why-hosting-arrived = { NUMBER($count) }대가 더 준비되어 모두 { NUMBER($ready) }대예요.
why-hosting-let-go = 15분 동안 한가해서 한 대를 돌려보냈어요. { NUMBER($ready) }대 남았어요.
why-hosting-incident = { $who ->
    [you] 내가 맡은 층({ $layer })이 고장 났어요. 고치는 데 { NUMBER($minutes) }분 걸려요.
   *[provider] 제공자가 맡은 층({ $layer })이 고장 났어요. 제공자가 { NUMBER($minutes) }분 안에 고쳐요.
}
why-hosting-patch-found = { $who ->
    [you] { $layer } 보안 패치가 나왔어요. 적용은 내 몫이에요.
   *[provider] { $layer } 보안 패치가 나왔어요. 적용은 제공자의 몫이에요.
}
why-hosting-patch-applied = { $layer } 패치를 적용했어요.
why-host-no-room = { NUMBER($count) }개는 호스트에 자리가 없어요.
why-host-vm-up = { $name }{ JOSA($name, "이/가") } 자기 운영체제로 부팅했어요.
why-host-container-up = { $name }{ JOSA($name, "이/가") } 호스트의 커널 위에서 돌아요.
why-host-back = { $name }{ JOSA($name, "이/가") } 다시 돌아요.
why-host-guest-panic = { $name }의 커널이 패닉을 일으켰어요. 게스트의 커널이라 { $name }만 멈췄어요.
why-host-panic = { $name }{ JOSA($name, "이/가") } 호스트의 커널을 멈춰서 모든 컨테이너가 함께 멈췄어요.
why-host-over-limit = { $name }{ JOSA($name, "이/가") } 자기 제한보다 많은 { NUMBER($mebibytes) } MiB를 쓰려다 종료됐어요.
why-host-out-of-memory = 호스트의 메모리가 바닥났어요. 가장 많이 쓰던({ NUMBER($mebibytes) } MiB) { $name }{ JOSA($name, "이/가") } 종료됐어요.
why-image-build = 레이어 { NUMBER($layers) }개 가운데 { NUMBER($cached) }개를 캐시에서 찾았어요.
why-image-built = 레이어를 빌드했어요: { $layer }
why-image-pushed = 레이어를 레지스트리에 올렸어요: { $layer }
why-image-pulled = { $node }{ JOSA($node, "이/가") } { NUMBER($mebibytes) } MiB를 { NUMBER($seconds) }초 만에 받아서 이제 시작할 수 있어요.
due-hosting-minute = { $name }의 다음 1분
due-host-start = { $name } 시작
due-image-step = { $name }의 다음 레이어

# 화면
hosting-label = 무엇이 어디에서 돌아가나: 층마다 누가 맡는지, 얼마가 드는지, 무엇을 놓치는지
layer-facility = 시설
layer-hardware = 하드웨어
layer-network = 네트워크
layer-virtualisation = 가상화
layer-os = 운영체제
layer-runtime = 런타임
layer-application = 애플리케이션
layer-data = 데이터
model-on-premises = 온프레미스
model-on-premises-about = 사서 둔 서버
model-on-premises-short = 온프레미스
model-iaas-short = IaaS
model-paas-short = PaaS
model-saas-short = SaaS
model-iaas = IaaS
model-iaas-about = 빌린 서버
model-paas = PaaS
model-paas-about = 빌린 실행 환경
model-saas = SaaS
model-saas-about = 빌린 프로그램
hosting-waterline = 수선 위는 내 일
hosting-me = 나
hosting-provider = 제공자
hosting-exposed = { DURATION($ms) }
hosting-cost = 한 달 비용
hosting-lost = 놓친 요청
hosting-upkeep = 한 주 일손
hosting-idle = 노는 용량
hosting-dollars = ${ NUMBER($dollars) }
hosting-count = { NUMBER($count) }
hosting-hours = { NUMBER($hours) }시간
hosting-percent = { NUMBER($percent) }%
hosting-mine = 내가 맡는 층 { NUMBER($count) }개
hosting-traffic = 손님과 용량
hosting-per-second = 초당 요청
hosting-bought = 산 서버라면 종일 여기
hosting-capacity = 용량
hosting-late-weeks = 주문한 { NUMBER($count) }대는 { NUMBER($weeks) }주 뒤에
hosting-late-minutes = 빌린 서버는 { NUMBER($minutes) }분 뒤에
host-memory = 메모리
host-cpu = CPU
host-size = CPU { NUMBER($cores) }코어 · { NUMBER($gibibytes) } GiB
host-group = { $name } × { NUMBER($count) }
host-cores = { $name } { $tenths }
host-guest-system = 게스트 운영체제
host-program = 프로그램
host-free-here = 남은 { $size }
host-starts = 시작까지
host-kernels = 커널
host-systems = 운영체제 등
host-free = 남은 메모리
host-of-vms = 가상 머신
host-of-containers = 컨테이너
host-running = { NUMBER($count) }개 실행
host-starting = { NUMBER($count) }개 시작하는 중
host-no-room = { NUMBER($count) }개 자리 없음
host-answers = 응답 { NUMBER($ms) } ms
host-unit-oomkilled = 메모리 부족
host-unit-panicked = 커널 패닉
host-unit-restarts = 다시 시작 { NUMBER($count) }번
host-unit-throttled = 제한에 걸려 있어요
image-build = 빌드
image-registry = 레지스트리
image-size = { NUMBER($mebibytes) } MiB
image-fetched = { NUMBER($mebibytes) } MiB, { NUMBER($seconds) }초
image-made = { NUMBER($count) }겹을 { NUMBER($seconds) }초에 만들었어요
image-made-short = { NUMBER($count) }겹
image-took = { NUMBER($seconds) }초
image-under-way = 가는 중
image-this-time = 이번에 한 일
image-key-already = 이미 있던 겹
image-key-anew = 이번에 만들거나 옮긴 겹
image-key-not-yet = 아직 없는 겹
