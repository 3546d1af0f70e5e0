# The command palette.

palette = Everything that can be done
palette-open = Find and do
palette-find = Type what you want to do
palette-none = Nothing here is called “{ $query }”.
palette-count = { $count ->
    [one] 1 entry
   *[other] { NUMBER($count) } entries
}
palette-keys-choose = choose
palette-keys-do = do it
palette-keys-close = close
palette-breaking = What to break, what to mend
palette-breaking-find = Type what you want to break

palette-mend = Mend
palette-time = Time
palette-lens = Lens
palette-step = Step
palette-file = File
palette-break = Break
palette-object = Object
palette-lesson = Lesson
palette-term = Term
palette-page = Page

palette-undo = Go back to before the last break
palette-course = Open the map of the course
palette-present = Present this lesson
palette-share = Share this moment by a link
palette-theme = Switch between paper and blueprint
palette-explain-on = Explain what tools complain about
palette-explain-off = Do not explain what tools complain about
palette-apply-on = Apply files by themselves
palette-apply-off = Apply files only by hand

same-as = The same in the terminal
same-copied = Copied
break-menu = Break
