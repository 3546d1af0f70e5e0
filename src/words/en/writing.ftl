# What the Write pane finds by itself. What is wrong with a text as such is in document.ftl.

document-duplicate-object = { $kind } { $name } is written down twice. One name, one wish.
document-refused = The API server would not take it: { $message }
