# Completions of mycli for PowerShell. Untested.

Register-ArgumentCompleter -Native -CommandName mycli -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | ForEach-Object { $_.ToString() })
    if ($wordToComplete) {
        $words = @($words | Select-Object -SkipLast 1)
        $last = $wordToComplete
    } else {
        # Older versions pass no empty argument.
        $last = "''"
    }
    $lines = @(& mycli completions powershell --complete -- @words $last 2>$null)
    if ($lines.Count -gt 1) {
        $lines | Select-Object -Skip 1 | ForEach-Object {
            $value, $description = $_ -split "`t", 2
            if (-not $description) { $description = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
        }
    }
}
