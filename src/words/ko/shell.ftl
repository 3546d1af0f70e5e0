# The shell under the editor: what it says itself. kubectl's own output is not ours to translate.

shell-help =
    작은 셸이에요.
    kubectl …    클러스터와 이야기해요. 진짜와 똑같이 써요: kubectl get pods, kubectl apply -f 파일
    cat, ls, vi  에디터의 파일을 보고 열어요. rm, cp, mv, touch, > 파일 로 바꿀 수 있어요
    grep, wc, head, tail, sort, uniq, cut, tr, sed, less, watch, xargs를 파이프 뒤에 쓸 수 있어요
    curl, wget, nslookup, dig, ping은 클러스터 밖에서 접속해 보고, ssh 노드는 노드 안을 들여다봐요
    a && b, a || b, a; b, $(a), "따옴표", 변수, 히어 도큐먼트를 쓸 수 있어요
    Tab으로 자동 완성하고, 위아래 화살표로 전에 친 명령을 부르고, Ctrl+R로 찾고, Ctrl+C로 멈춰요.
shell-did-you-mean = { $command } 명령을 찾으셨나요?
shell-see-help = help를 치면 쓸 수 있는 명령이 나와요.
shell-instead = 그 도구는 여기 없어요. 비슷한 일을 하는 명령이에요: { $command }
shell-editor-beside = 에디터는 바로 이 터미널 위에 있어요.
shell-editor-opens = { $file } 파일을 에디터에 열었어요.

# What a real tool's complaint means; one line below it.
advice-kind-unknown = 이런 이름의 종류(kind)가 없어요. kubectl api-resources로 전체 목록을 볼 수 있어요.
advice-kind-version = 이 apiVersion에는 그런 kind가 없어요. kubectl api-resources로 맞는 apiVersion을 확인해 보세요.
advice-namespace-missing = 이런 이름의 네임스페이스가 없어요. kubectl get namespaces로 확인해 보세요.
advice-break-off = 이 링크를 만든 분이 망가뜨리기를 꺼 두었어요. 되살리기는 할 수 있어요.
advice-quota = 네임스페이스의 ResourceQuota를 넘어서 만들 수 없어요.
advice-pod-security = 네임스페이스에 걸린 Pod Security 기준을 이 Pod가 지키지 않아요.
advice-budget = PodDisruptionBudget 때문에 지금은 내보낼 수 없어요. 다른 Pod가 충분히 준비되면 drain이 다시 시도해요.
advice-drain-daemonset = DaemonSet의 Pod는 지워도 바로 다시 생겨요. --ignore-daemonsets를 붙이면 그대로 두고 비워요.
advice-drain-local = emptyDir에 데이터가 있는 Pod예요. 지워져도 괜찮다면 --delete-emptydir-data를 붙이세요.
advice-drain-bare = 다시 만들어 줄 컨트롤러가 없는 Pod예요. 사라져도 괜찮다면 --force를 붙이세요.
advice-immutable = 만들 때 정해지고 나중에 바꿀 수 없는 필드예요. 바꾸려면 지우고 다시 만들어야 해요.
advice-selector-template = selector가 Pod 템플릿의 labels와 맞아야 해요. 맞지 않으면 컨트롤러가 자기 Pod를 찾지 못해요.
advice-pod-update = 실행 중인 Pod는 대부분 바꿀 수 없어요. Deployment를 고치거나 Pod를 새로 만드세요.
advice-apply-conflict = 다른 필드 관리자가 가진 필드예요. --force-conflicts로 가져오거나, 그 필드를 빼면 그쪽에 남아요.
advice-conflict = 읽은 뒤에 누군가 오브젝트를 바꿨어요. 다시 읽은 다음 고치세요.
advice-field-unknown = 이 자리에 그런 이름의 필드가 없어요. 오타이거나 들여쓰기가 어긋난 경우가 많아요.
advice-jsonpath = JSONPath를 읽을 수 없어요. 중괄호로 감싸고, 전체를 작은따옴표로 묶어 보세요.
advice-yaml = 이 줄에서 YAML을 읽을 수 없어요. 들여쓰기, 탭, 빠진 콜론을 살펴보세요.
advice-validating = 모든 오브젝트에 있어야 할 것이 빠졌거나, 없는 필드가 들어 있어요.
advice-type = 필드에 맞지 않는 타입의 값이에요. 숫자 자리에 글자를 쓴 경우가 많아요.
advice-file-missing = 여기에 그런 파일이 없어요. ls로 파일 목록을 볼 수 있어요.
advice-file-empty = 파일에 오브젝트가 하나도 없어요.
advice-name-missing = 실수로 바뀌는 일이 없도록 이름, 셀렉터(-l), --all 가운데 하나를 적어야 해요.
advice-flag-unknown = 이 명령에는 그런 플래그가 없어요. -- 뒤에서 Tab을 누르면 쓸 수 있는 플래그가 나와요.
advice-flag-value = 이 플래그 뒤에는 값이 와야 해요.
advice-flag-required = 이 플래그가 꼭 있어야 해요.
advice-verb-unknown = kubectl에 그런 동사가 없어요. kubectl 뒤에서 Tab을 누르면 목록이 나와요.
advice-timed-out = 정해진 시간 안에 조건이 이루어지지 않았어요. kubectl describe로 무엇이 막는지 볼 수 있어요.
advice-logs-waiting = 컨테이너가 아직 시작하지 않아서 로그가 없어요. kubectl describe pod로 까닭을 볼 수 있어요.
advice-logs-previous = 이 컨테이너는 다시 시작한 적이 없어서 이전 로그가 없어요.
advice-container = 컨테이너가 여럿이거나 그런 이름이 없어요. -c로 하나를 골라 주세요.
advice-metrics = 사용량은 metrics-server가 재는데, 이 클러스터에는 없어요.
advice-context = kubeconfig에 그런 컨텍스트가 없어요. kubectl config get-contexts로 확인해 보세요.
advice-unreachable = API 서버 주소에서 아무도 답하지 않아요.
advice-unauthorized = API 서버가 누구의 요청인지 알 수 없어요. 자격 증명이 없거나, 틀렸거나, 만료됐어요.
advice-iam-denied = IAM이 허용하지 않았어요. 허용하는 정책이 없거나, 거부하는 정책이 있어요.
advice-iam-credentials = 이 프로파일에 AWS CLI가 쓸 자격 증명이 없어요.
advice-iam-expired = 임시 자격 증명이 만료됐어요.
advice-aws-dependency = 아직 이 리소스를 쓰는 것이 있어요. 그것부터 지워야 해요.
advice-aws-validation = 파라미터 값이 허용되지 않아요.
advice-aws-missing = 이 리전과 계정에 그런 리소스가 없어요.
advice-forbidden = 인가나 어드미션 단계에서 거절됐어요. kubectl auth can-i로 권한을 물어볼 수 있어요.
advice-exists = 같은 이름의 오브젝트가 이미 있어요. 바꾸려면 kubectl apply를 쓰세요.
advice-not-found = 이 네임스페이스에 그런 이름이 없어요. -n으로 다른 네임스페이스를 볼 수 있어요.
advice-invalid = 필드의 규칙에 맞지 않는 값이에요. 콜론 앞의 경로가 그 필드를 가리켜요.
advice-nothing-here = 이 네임스페이스에는 없어요. -A를 붙이면 모든 네임스페이스를 봐요.

# 다른 곳의 kubectl은 하지만 여기서는 하지 않는 일
shell-edit-waits = { $file } 파일을 에디터에 열었어요. 거기서 Ctrl+Enter를 누르거나 여기서 Enter를 누르면 저장하고, 여기서 Ctrl+C를 누르면 그만둬요.
kubectl-refuses-cp = 여기서는 파일을 복사하지 않아요. 컨테이너의 파일은 이미지에 들어 있어요. kubectl exec POD -- cat FILE로 볼 수 있어요
kubectl-refuses-certificate = 여기에는 인증서 요청이 없어요. 노드는 이미 승인된 인증서로 들어와요
kubectl-refuses-completion = 따로 설치하지 않아도 이 터미널에서는 Tab으로 바로 완성돼요
kubectl-refuses-proxy = 여기서는 로컬 프록시를 띄우지 않아요. kubectl port-forward로 같은 곳에 닿을 수 있어요
kubectl-refuses-kustomize = 여기에는 kustomize가 없어요. kubectl apply -f로 파일을 그대로 적용하세요
shell-node-help = 노드에서는 ps, crictl ps, crictl pods, crictl images, crictl logs ID, ls /var/log/pods, cat 파일, exit를 쓸 수 있어요.
