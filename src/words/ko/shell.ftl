# The shell under the editor: what it says itself. kubectl's own output is not ours to translate.

shell-help =
    작은 셸이에요.
    kubectl …    클러스터와 이야기해요. 진짜와 똑같이 써요: kubectl get pods, kubectl apply -f 파일
    cat, ls, vi  에디터의 파일을 보고 열어요. rm, cp, mv, touch, > 파일 로 바꿀 수 있어요
    grep, wc, head, tail, sort, uniq, cut, tr, sed, less, watch, xargs를 파이프 뒤에 쓸 수 있어요
    a && b, a || b, a; b, $(a), "따옴표", 변수, 히어 도큐먼트를 쓸 수 있어요
    Tab으로 자동 완성하고, 위아래 화살표로 전에 친 명령을 부르고, Ctrl+R로 찾고, Ctrl+C로 멈춰요.
shell-did-you-mean = { $command } 명령을 찾으셨나요?
shell-see-help = help를 치면 쓸 수 있는 명령이 나와요.
shell-instead = 그 도구는 여기 없어요. 비슷한 일을 하는 명령이에요: { $command }
shell-editor-beside = 에디터는 바로 이 터미널 위에 있어요.
shell-editor-opens = { $file } 파일을 에디터에 열었어요.
