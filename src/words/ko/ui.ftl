# 화면의 틀: 머리줄, 세 칸, 편집기, 터미널.

-drydock = Drydock
app-name = { -drydock }
app-what = 고치고 망가뜨려도 되는 쿠버네티스

# 머리줄
nav-course = 과정
nav-glossary = 용어
nav-language = English
nav-where = 지금 있는 곳
nav-theme-dark = 어둡게
nav-theme-light = 밝게
nav-present = 발표 화면
nav-share = 나누기
nav-menu = 메뉴
nav-back = 과정으로
nav-skip = 본문으로 건너뛰기
nav-fullscreen = 전체 화면

# 세 칸
pane-read = 읽기
pane-write = 쓰기
pane-world = 세계
pane-fold = 접기
pane-unfold = 펼치기
pane-resize = { $pane } 칸 너비
pane-fit = 화면에 맞추기

# 여섯 렌즈
lens = 렌즈
lens-map = 지도
lens-loop = 루프
lens-tree = 트리
lens-traffic = 트래픽
lens-access = 접근
lens-list = 목록
lens-planned = 아직 그리지 않은 렌즈예요.

# 바람과 세계
wish = 바람
world = 세계
difference = 차이
wish-count = 바람 { NUMBER($want) }
world-count = 세계 { NUMBER($have) }
difference-count = 차이 { NUMBER($gap) }
gap-label = 바람 { NUMBER($want) }, 세계 { NUMBER($have) }, 차이 { NUMBER($gap) }
met-label = 바람 { NUMBER($want) }, 세계 { NUMBER($have) }
world-has = 세계는 { $value }
world-differs = 세계는 달라요: { $value }

# 상태
state-ready = 준비됨
state-starting = 시작하는 중
state-failed = 실패
state-wished = 바람만 있음
state-leaving = 사라지는 중
state-pending = 자리를 기다리는 중
state-unknown = 소식 없음
state-stopped = 멈춤
state-done = 끝남

# 편집기
editor = 편집기
editor-files = 파일
editor-applied = 적용됨
editor-kept = 명령이 읽는 파일
editor-waiting = 줄을 떠나면 적용돼요
editor-run-line = 이 줄 실행
editor-script-end = 더 실행할 줄이 없어요
editor-apply-now = 지금 적용
editor-unfinished = 아직 쓰는 중
editor-problems = { NUMBER($count) }곳을 고치면 적용돼요
editor-last-good = 마지막으로 맞았던 바람이 그대로 서 있어요.
editor-line = { NUMBER($line) }번째 줄
editor-fix = { $fix }{ JOSA($fix, "으로/로") } 바꾸기
editor-reset = 처음 파일로
editor-loading = 편집기를 불러오는 중
editor-auto = 자동 적용
ink-yours = 내가 쓴 것
ink-default = 기본값
ink-controller = 컨트롤러가 쓴 것
whole-object = 오브젝트 전체

# 터미널
terminal = 터미널
terminal-loading = 터미널을 불러오는 중
terminal-clear = 지우기
terminal-line = 명령줄
terminal-explain = 메시지 풀이
terminal-more = { $term } 더 보기
terminal-keys = 키
terminal-offers = 여기에 올 수 있는 것
forward-browser = 포워딩한 포트를 여는 브라우저
forward-path = 경로
forward-open = 열기
forward-nothing = 답이 없어요

# 도면
sheet = 도면
sheet-revision = 개정
sheet-seed = 씨앗
legend = 범례
nothing-here = 아직 아무것도 없어요.

# 다른 페이지 안에서
embed-open = { -drydock }에서 열기

# 흔한 말
open = 열기
close = 닫기
copy = 복사
copied = 복사했어요
cancel = 그만두기
undo = 되돌리기
redo = 다시 하기
yes = 네
no = 아니요
loading = 불러오는 중
duration-ms = { NUMBER($large) }ms
duration-seconds = { $small ->
    [0] { $large }초
   *[other] { $large }.{ $small }초
}
duration-minutes = { $small ->
    [0] { $large }분
   *[other] { $large }분 { $small }초
}
duration-hours = { $small ->
    [0] { $large }시간
   *[other] { $large }시간 { $small }분
}
duration-days = { $small ->
    [0] { NUMBER($large) }일
   *[other] { NUMBER($large) }일 { $small }시간
}
