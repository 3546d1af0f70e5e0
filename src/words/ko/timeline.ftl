# 시간줄.

time = 시간
time-now = 지금
time-play = 재생
time-pause = 멈추기
time-paused = 멈춤
time-step = 한 걸음
time-step-back = 한 걸음 뒤로
time-rewind = 여기로 되감기
time-start-over = 처음으로
time-speed = 빠르기
time-speed-value = { $speed }배
time-position = 위치
time-until-settled = 잠잠해질 때까지
time-until-change = 무언가 바뀔 때까지
time-settled = 잠잠해졌어요
time-next = 다음에 일어날 일
time-next-in = { DURATION($ms) } 뒤 { $what }
time-nothing-due = 예정된 일이 없어요
time-skipped = { DURATION($ms) } 건너뜀
time-behind = 화면이 시간을 따라잡는 중
time-live = 지금으로
time-past = 지나간 { $time }의 세계를 보고 있어요
time-branch = 여기서 다시 시작
time-old-future = 두고 온 앞날

lane-you = 나
lane-loops = 루프
lane-world = 세계

# 다음에 일어날 일의 이름
due-controller = { $who } 컨트롤러가 { $name }{ JOSA($name, "을/를") } 봄
due-scheduler = scheduler가 { $what }의 자리를 고름
due-pull = { $what } 이미지를 다 받음
due-start = { $what }{ JOSA($what, "이/가") } 시작함
due-stop = { $what }{ JOSA($what, "이/가") } 멈춤
due-probe = { $probe } 검사 { $what }
due-heartbeat = { $node }의 안부
due-other = { $what }

# 시간줄의 표시
mark-you = 내가 한 일
mark-write = 쓰기
mark-start = 시작
mark-ready = 준비됨
mark-fail = 실패
mark-delete = 지움
mark-probe = 검사

# 누가 무엇을 했는지
verb-create = 만듦
verb-update = 고침
verb-update-status = 상태를 적음
verb-delete = 지우라고 함
verb-remove = 사라짐
verb-decide = 정함
verb-break = 망가뜨림
verb-refuse = 거절함
actor-you = 나
