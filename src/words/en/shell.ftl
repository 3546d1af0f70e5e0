# The shell under the editor: what it says itself. kubectl's own output is not ours to translate.

shell-help =
    This is a small shell.
    kubectl …    speaks with the cluster, as the real one does: kubectl get pods, kubectl apply -f FILE
    cat, ls, vi  show and open the files of the editor; rm, cp, mv, touch, > FILE change them
    grep, wc, head, tail, sort, uniq, cut, tr, sed, less, watch, xargs work behind a pipe
    a && b, a || b, a; b, $(a), "quotes", variables and here-documents work
    Tab completes, Up and Down go through what you typed, Ctrl+R searches it, Ctrl+C stops what is running.
shell-did-you-mean = Did you mean { $command }?
shell-see-help = Type help to see what is here.
shell-instead = That tool is not here. This does much the same: { $command }
shell-editor-beside = The editor is right above this terminal.
shell-editor-opens = { $file } is open in the editor.
