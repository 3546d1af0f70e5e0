# What leads out of the tab: sharing, embedding, teaching; and the map of the course.

# A link to this moment
share-title = A link to this moment
share-what = It holds the files, everything you did, and where you stand in time. Nothing is sent anywhere: all of it is in the link.
share-copied = Copied. Whoever opens it stands exactly here.
share-copy-yourself = This browser does not let a page copy. The field is chosen: copy it with Ctrl+C.
share-embed = Put it into a page
share-embed-what = The living cluster inside a blog post or a course. It needs no account, no cookies and no storage.
share-print = Print this lesson

# Somebody else's link
story-refused = This link could not be opened
story-broken = It is incomplete, or was changed on its way. Nothing was done; ask for it again.
story-too-large = It holds more than a link may hold. Nothing was done.
story-newer = A newer Drydock made it. Nothing was done; reload this page to see whether a new version is here.
story-no-lesson = It is about a lesson that is not here, or that could not be fetched. Nothing was done.
story-go-on = Go on without it

# The map of the course
course-map = Map of the course
course-all = Every lesson
course-chosen = The lessons that your teacher chose, in that order.
course-of = / { NUMBER($all) } lessons
course-through = That was all of it. The worlds are still there: break what you like.
course-needs = Builds on: { $lessons }
course-needs-nothing = Needs nothing else
course-any = Begin wherever you like. A lesson says what it builds on, and nothing is locked.
course-here = open now
course-to-do = not done yet
course-imported = What that file says was done is done here too.
course-imported-nothing = That file adds nothing.

# A teacher's link
teach-title = A link for a class
teach-what = Whoever opens it sees these lessons, in this order. It stands in the address alone: no account, and nobody is watched.
teach-lessons = Lessons, in the order in which you choose them (none: all)
teach-language = Language
teach-as-lesson = As the lesson says
teach-break = Things may be broken on purpose
teach-present = Open it as a presentation
teach-link = The link

# Before a room full of people
present-back = Back
present-forward = Forward
present-play = Play
present-step = One step
present-lens = Lens
present-spot = Spotlight
present-freeze = Freeze
present-blank = Cover
present-leave = Leave
present-frozen = The picture stands still
present-uncover = Uncover
present-follow = Follow on your own screen
present-same = The same seed: the same world
present-code = A code with the address of this lesson
