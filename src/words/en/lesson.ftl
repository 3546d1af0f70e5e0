# The course and a lesson: the Read pane.

course-title = Until my server runs on EKS
course-quote = “Two days, I thought. Then: IAM…? VPC…? And what is a control plane?”
course-intro = The course answers those questions in the order they came. Five to ten minutes each: change something and watch.
course-done-of = { NUMBER($done) } of { NUMBER($all) } lessons
course-done-label = { $done ->
    [one] { NUMBER($done) } lesson of { NUMBER($all) } finished
   *[other] { NUMBER($done) } lessons of { NUMBER($all) } finished
}
course-part-done = { NUMBER($done) } / { NUMBER($all) }
course-start = Start: { $lesson }
course-continue = Continue: { $lesson }
course-left = Step { NUMBER($step) } of { NUMBER($all) }, about { $minutes ->
    [one] a minute left.
   *[other] { NUMBER($minutes) } minutes left.
}
course-minutes = { NUMBER($minutes) } min
course-planned = still being built
course-export = Export progress as a file
course-import = Import a progress file

part-number = Part { NUMBER($part) }
lesson-number = Part { NUMBER($part) }, lesson { NUMBER($lesson) }
lesson-steps = Step { NUMBER($step) } of { NUMBER($all) }
lesson-previous = Back
lesson-next = Next
lesson-finish = Finish the lesson
lesson-next-lesson = Next lesson: { $lesson }
lesson-restart = Start this step over
lesson-restart-all = Start this lesson over
lesson-finished = That was this lesson
lesson-finished-more = The world is still there. Break whatever you like.
lesson-not-built = This lesson is still being built.
lesson-not-here = That lesson could not be fetched. Without a network, only the tour and lessons already opened are here.

check-not-yet = Not yet: { $goal }
check-waiting = Waiting for the world to settle
check-passed = Done: { $goal }
check-command = See the check
check-again = Check again

hints = Hints
hint-nudge = Nudge
hint-place = The place
hint-answer = The answer
hint-apply = Do it for me
hint-open-label = Open: { $hint }

predict = What will happen?
predict-yours = Your guess: { $choice }
predict-change = Guess again

glossary = Glossary
glossary-search = Find a term
glossary-none = { $query } is not in the glossary yet.
term-where = First met in: { $lesson }
