# The shell under the editor: what it says itself. kubectl's own output is not ours to translate.

shell-help =
    This is a small shell.
    kubectl …    speaks with the cluster, as the real one does: kubectl get pods, kubectl apply -f FILE
    cat, ls, vi  show and open the files of the editor; rm, cp, mv, touch, > FILE change them
    grep, wc, head, tail, sort, uniq, cut, tr, sed, less, watch, xargs work behind a pipe
    curl, wget, nslookup, dig, ping reach the cluster from outside; ssh NODE looks at a node
    a && b, a || b, a; b, $(a), "quotes", variables and here-documents work
    Tab completes, Up and Down go through what you typed, Ctrl+R searches it, Ctrl+C stops what is running.
shell-did-you-mean = Did you mean { $command }?
shell-see-help = Type help to see what is here.
shell-instead = That tool is not here. This does much the same: { $command }
shell-editor-beside = The editor is right above this terminal.
shell-editor-opens = { $file } is open in the editor.

# What a real tool's complaint means; one line below it.
advice-kind-unknown = kubectl knows no kind of this name. kubectl api-resources lists them all.
advice-kind-version = No such kind is served under this apiVersion. kubectl api-resources shows which one it has.
advice-namespace-missing = There is no namespace of this name. kubectl get namespaces shows those that are there.
advice-break-off = Whoever gave you this link has decided that nothing is broken on purpose. Mending still works.
advice-quota = The namespace's ResourceQuota has no room left for this.
advice-pod-security = The namespace enforces a Pod Security standard that this Pod does not meet.
advice-budget = A PodDisruptionBudget holds this Pod back until enough others are healthy. drain tries again by itself.
advice-drain-daemonset = A DaemonSet's Pods would come straight back. --ignore-daemonsets leaves them where they are.
advice-drain-local = These Pods keep data in an emptyDir, which goes with them. --delete-emptydir-data accepts that.
advice-drain-bare = No controller would make these Pods again elsewhere. --force deletes them for good.
advice-immutable = This field is fixed when the object is made. To change it, delete the object and make it anew.
advice-selector-template = The selector has to match the labels of the Pod template, or the controller would not find its own Pods.
advice-pod-update = Most of a running Pod cannot be changed. Change its Deployment instead, or make the Pod anew.
advice-apply-conflict = Another field manager owns this field. --force-conflicts takes it over; leaving the field out leaves it theirs.
advice-conflict = Someone changed the object since it was read. Read it again, then change it.
advice-field-unknown = The schema has no field of this name at this place: a typo, or the wrong indentation.
advice-jsonpath = The JSONPath cannot be read. Braces around it, and single quotes around the whole, usually help.
advice-yaml = The YAML cannot be read at this line. Look at the indentation, at tabs, and at missing colons.
advice-validating = The document is missing something that every object has, or holds a field that does not exist.
advice-type = A value has the wrong type for its field, such as a text where a number belongs.
advice-file-missing = There is no file of this name here. ls shows the files.
advice-file-empty = The file holds no object.
advice-name-missing = kubectl wants a name, a selector (-l) or --all, so that nothing is changed by accident.
advice-flag-unknown = This verb has no such flag. Tab behind -- lists those that it has.
advice-flag-value = This flag needs a value behind it.
advice-flag-required = The command cannot do without this flag.
advice-verb-unknown = kubectl has no such verb. Tab behind kubectl lists them.
advice-timed-out = The condition did not come true in time. kubectl describe shows what is in the way.
advice-logs-waiting = The container has not started, so it has said nothing. kubectl describe pod shows why.
advice-logs-previous = No earlier run of this container is remembered: it has not been restarted.
advice-container = The Pod has several containers, or none of this name. -c chooses one.
advice-metrics = Usage is measured by metrics-server, which this cluster does not run.
advice-context = The kubeconfig has no context of this name. kubectl config get-contexts lists them.
advice-unreachable = Nothing answers at the API server's address.
advice-unauthorized = The API server does not know who is asking: the credential is missing, wrong or expired.
advice-iam-denied = IAM did not allow this: no statement allows it, or one denies it.
advice-iam-credentials = The AWS CLI has no credentials in this profile.
advice-iam-expired = The temporary credentials have run out.
advice-aws-dependency = Something still uses this resource. Remove that first.
advice-aws-validation = A parameter's value is not allowed.
advice-aws-missing = There is no such resource in this region and account.
advice-forbidden = Authorization or admission refused this. kubectl auth can-i asks whether you may.
advice-exists = An object of this name is there already. kubectl apply changes it instead.
advice-not-found = No object of this name is in this namespace. -n looks in another one.
advice-invalid = A value breaks a rule of its field. The path before the colon names the field.
advice-nothing-here = Nothing of this kind is in this namespace. -A looks in all of them.

# What kubectl does elsewhere and not here.
shell-edit-waits = { $file } is open in the editor. Ctrl+Enter there, or Enter here, saves it; Ctrl+C here gives it up.
kubectl-refuses-cp = files are not copied here: the programs in these containers keep theirs in the image. kubectl exec POD -- cat FILE shows one
kubectl-refuses-certificate = no certificate requests are made here: nodes join with certificates that are approved already
kubectl-refuses-completion = nothing has to be installed here: Tab completes in this terminal already
kubectl-refuses-proxy = no local proxy runs here. kubectl port-forward reaches the same
kubectl-refuses-kustomize = kustomize is not here. kubectl apply -f applies the files as they are
shell-node-help = On a node there are ps, crictl ps, crictl pods, crictl images, crictl logs ID, ls /var/log/pods, cat FILE, exit.
