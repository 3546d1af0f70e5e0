# The inspector: one selected thing, closely.

inspector = Inspector
inspector-nothing = Select anything on the sheet.
inspector-yaml = YAML
inspector-events = Events
inspector-no-events = No events yet.
inspector-why-state = Why is it { $state }?
inspector-why-here = Why is it here?
inspector-in-namespace = { $kind } in namespace { $namespace }
inspector-for = { $state } for { DURATION($ms) }

action-edit = Change the wish
action-delete = Delete
action-break = Break
action-mend = Mend
break-stop-kubelet = Stop the kubelet
break-stop-node = Switch the node off
break-stop-component = Stop { $component }
mend-kubelet = Start the kubelet
mend-node = Switch the node on
mend-component = Start { $component }

scheduler-nodes = Node
scheduler-passes = passes
scheduler-stops = stops it
scheduler-not-asked = not asked
scheduler-none-fits = { $nodes ->
    [one] No node passes every filter. The scheduler looked at the only one.
   *[other] No node passes every filter. The scheduler looked at { NUMBER($nodes) }.
}

commands-same = The same in the terminal
command-copy = Copy
command-copy-this = Copy { $command }
command-run = Run
command-run-this = Run { $command }
