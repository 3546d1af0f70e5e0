# The shell under the editor: what it says itself. kubectl's own output is not ours to translate.

shell-help =
    작은 셸이에요.
    kubectl …    클러스터와 이야기해요. 진짜와 똑같이 써요: kubectl get pods, kubectl apply -f 파일
    cat, ls      에디터에 있는 파일을 보여 줘요
    echo, test   그리고 a && b, a || b, a; b, a | b, $(a), "따옴표", 변수를 쓸 수 있어요
    위아래 화살표로 전에 친 명령을 다시 불러오고, Ctrl+C로 실행 중인 명령을 멈춰요.
shell-did-you-mean = { $command } 명령을 찾으셨나요?
shell-see-help = help를 치면 쓸 수 있는 명령이 나와요.
