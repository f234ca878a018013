# Completions of mycli for Elvish.

use str

set edit:completion:arg-completer[mycli] = {|@words|
  var lines = [(try { e:mycli completions elvish --complete -- $@words } catch { })]
  var kind = (if (> (count $lines) 0) { put $lines[0] } else { put '' })
  if (eq $kind words) {
    for line $lines[1..] {
      var value @description = (str:split "\t" $line)
      if (eq $description []) {
        edit:complex-candidate $value
      } else {
        edit:complex-candidate $value &display=$value' ('$description[0]')'
      }
    }
  } elif (eq $kind files) {
    edit:complete-filename $@words
  } elif (eq $kind command) {
    var rest = $words
    while (not-eq $rest[0] --) { set rest = $rest[1..] }
    edit:complete-sudo $@rest
  }
}
