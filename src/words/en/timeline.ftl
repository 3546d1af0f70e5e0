# The timeline.

time = Time
time-now = now
time-play = Play
time-pause = Pause
time-paused = paused
time-step = Step
time-step-back = Step back
time-rewind = Rewind to here
time-start-over = Start over
time-speed = Speed
time-speed-value = { $speed }×
time-position = Position
time-until-settled = Until settled
time-until-change = Until something changes
time-settled = settled
time-next = next
time-next-in = in { DURATION($ms) }: { $what }
time-nothing-due = nothing is due
time-skipped = { DURATION($ms) } skipped
time-behind = catching up
time-live = Back to now
time-past = You are looking at the world as it was at { $time }
time-branch = Go on from here
time-old-future = the future you left

lane-you = you
lane-loops = loops
lane-world = world

# What is due
due-controller = { $who } controller looks at { $name }
due-scheduler = scheduler finds a node for { $what }
due-pull = image of { $what } is here
due-start = { $what } starts
due-stop = { $what } stops
due-probe = { $probe } probe { $what }
due-heartbeat = heartbeat of { $node }
due-other = { $what }

# Marks on the timeline
mark-you = you
mark-write = write
mark-start = start
mark-ready = ready
mark-fail = fail
mark-delete = delete
mark-probe = probe

# Who did what
verb-create = made
verb-update = changed
verb-update-status = noted the state of
verb-delete = asked to leave
verb-remove = gone
verb-decide = decided about
verb-break = broke
verb-refuse = refused
actor-you = you
