# The frame of the screen: the bar, the three panes, editor, terminal.

-drydock = Drydock
app-name = { -drydock }
app-what = Kubernetes that is free to break

# The bar
nav-course = Course
nav-glossary = Glossary
nav-language = 한국어
nav-where = Where you are
nav-theme-dark = Dark
nav-theme-light = Light
nav-present = Present
nav-share = Share
nav-menu = Menu
nav-back = Back to the course
nav-skip = Skip to the lesson
nav-fullscreen = Full screen

# Three panes
pane-read = Read
pane-write = Write
pane-world = World
pane-fold = Fold
pane-unfold = Unfold
pane-resize = Width of { $pane }
pane-fit = Fit

# Six lenses
lens = Lens
lens-map = Map
lens-loop = Loop
lens-tree = Tree
lens-traffic = Traffic
lens-access = Access
lens-list = List
lens-planned = This lens is not drawn yet.

# Wish and world
wish = wish
world = world
difference = difference
wish-count = wish { NUMBER($want) }
world-count = world { NUMBER($have) }
difference-count = difference { NUMBER($gap) }
gap-label = wish { NUMBER($want) }, world { NUMBER($have) }, difference { NUMBER($gap) }
met-label = wish { NUMBER($want) }, world { NUMBER($have) }
world-has = world has { $value }
world-differs = the world differs: { $value }

# States
state-ready = ready
state-starting = starting
state-failed = failing
state-wished = wished
state-leaving = leaving
state-pending = waiting for a place
state-unknown = no word from it
state-stopped = stopped
state-done = finished

# Editor
editor = Editor
editor-files = Files
editor-applied = applied
editor-kept = Saved for commands
editor-waiting = applied when you leave the line
editor-run-line = Run this line
editor-script-end = No line left to run
editor-apply-now = Apply now
editor-unfinished = still being written
editor-problems = { $count ->
    [one] applied once { NUMBER($count) } place is mended
   *[other] applied once { NUMBER($count) } places are mended
}
editor-last-good = The last good wish still stands.
editor-line = line { NUMBER($line) }
editor-fix = Use { $fix }
editor-reset = Start this file over
editor-loading = Loading the editor
editor-auto = Auto-apply
ink-yours = you wrote
ink-default = defaulted
ink-controller = controllers wrote
whole-object = whole object

# Terminal
terminal = Terminal
terminal-loading = Loading the terminal
terminal-clear = Clear
terminal-line = Command line
terminal-explain = Explain errors
terminal-more = More about { $term }
terminal-keys = Keys
terminal-offers = What fits here
forward-browser = Browser on the forwarded port
forward-path = Path
forward-open = Open
forward-nothing = No answer

# The sheet
sheet = Sheet
sheet-revision = Revision
sheet-seed = Seed
legend = Legend
nothing-here = Nothing here yet.

# Inside another page
embed-open = Open in { -drydock }

# Common words
open = Open
close = Close
copy = Copy
copied = Copied
cancel = Cancel
undo = Undo
redo = Redo
yes = Yes
no = No
loading = Loading
duration-ms = { NUMBER($large) } ms
duration-seconds = { $small ->
    [0] { $large } s
   *[other] { $large }.{ $small } s
}
duration-minutes = { $small ->
    [0] { $large } min
   *[other] { $large } min { $small } s
}
duration-hours = { $small ->
    [0] { $large } h
   *[other] { $large } h { $small } min
}
duration-days = { $small ->
    [0] { $large ->
        [one] { NUMBER($large) } day
       *[other] { NUMBER($large) } days
    }
   *[other] { NUMBER($large) } d { $small } h
}
