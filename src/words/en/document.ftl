# Problems in a text. Codes and arguments: src/document/problem.rs.

document-text-too-long = This text has { $size } bytes. At most { $limit } can be read.
document-too-deep = More than { $limit } levels inside one another.
document-too-many-aliases = The aliases copy more than { $limit } values in all.
document-control-character = The character { $code } may not stand in YAML.
document-separator = Only a comment may follow ---. Found: { $text }
document-tab = YAML is indented with spaces. This is a tab.
document-unclosed-quote = This quote is never closed.
document-unclosed-bracket = This { $open } is never closed.
document-flow-separator = A comma or { $close } belongs here.
document-unexpected-colon = A second key on one line. Text with a colon needs quotes.
document-missing-colon = A key needs a colon behind it.
document-unexpected-dash = A list begins on its own line, below its key.
document-unexpected-text = Nothing may follow the closing quote.
document-indentation = This line is not indented like the lines beside it.
document-unknown-escape = Text in double quotes does not know this escape.
document-character = Text that begins with { $character } needs quotes.
document-unknown-alias = No anchor &{ $name } stands above.
document-endless-alias = The anchor &{ $name } would contain itself.
document-merge-needs-mapping = << takes a mapping or a list of mappings.
document-key-not-text = A key is text.
document-tag-mismatch = { $text } is no { $tag }.
document-not-a-number = { $text } is no number that can be stored.
document-directive = Lines that begin with % are not read. Take it out.
document-json-truncated = The JSON ends too early.
document-syntax = This is not YAML here.
document-duplicate-key = { $key } also stands in line { $line }. This one counts.
document-text-ignored = Nothing from here on is read. Is it indented like the lines above?

document-unknown-field = { $type } has no field { $field }.
document-unknown-field-near = { $type } has no field { $field }. Did you mean { $nearest }?
document-wrong-type =
    { $field } takes { $expected ->
        [string] text
        [integer] a whole number
        [number] a number
        [boolean] true or false
        [array] a list
        [object] a mapping
        [quantity] a quantity such as 500m or 64Mi
        [int-or-string] a whole number or text
       *[other] { $expected }
    }. This is { $found ->
        [string] text
        [number] a number
        [bool] true or false
        [array] a list
        [object] a mapping
       *[other] { $found }
    }.
document-unknown-value = { $field } is one of { $allowed }. Found: { $value }
document-unknown-value-near = { $field } is one of { $allowed }. Did you mean { $nearest }?
document-missing-field = { $type } needs { $field }.
document-missing-kind = Which kind of object is it? kind is missing.
document-missing-api-version = apiVersion is missing.
document-unknown-kind = This cluster does not know the kind { $kind } in { $version }.
document-unknown-kind-near = This cluster does not know the kind { $kind }. Did you mean { $nearest }?
document-wrong-api-version = { $kind } is not in { $version }. It is in { $nearest }.
document-not-an-object = An object is a mapping that begins with apiVersion and kind.
document-bad-quantity = { $value } is no quantity. Quantities look like 2, 500m, 64Mi.
document-bad-base64 = { $field } takes bytes in base 64. Plain text belongs into stringData.
document-small-memory = { $value } is { $bytes } bytes. Use { $nearest }.
document-large-cpu = { $value } CPUs are more than any machine has. { $nearest } is a thousandth.
document-only-stored = The simulation keeps { $field } and does not act on it.
