# The shell under the editor: what it says itself. kubectl's own output is not ours to translate.

shell-help =
    This is a small shell.
    kubectl …    speaks with the cluster, as the real one does: kubectl get pods, kubectl apply -f FILE
    cat, ls      show the files of the editor
    echo, test   and a && b, a || b, a; b, a | b, $(a), "quotes" and variables work
    Up and Down go through what you typed before; Ctrl+C stops what is running.
shell-did-you-mean = Did you mean { $command }?
shell-see-help = Type help to see what is here.
