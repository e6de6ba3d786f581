"""Shells as people use them: on a terminal, with the tab key.

    with bash("source completion") as shell:
        shell.completed("harness --wor\\t")     what the line has become: "harness --workload "
        shell.offered("harness --w")           all that the tab key would offer, as words

Nothing sleeps: a shell takes one key after the other, and the last one has it write down the line.
"""

import contextlib
import os
import pty
import select
import signal
import tempfile
import threading

import waiting

KEY_LIMIT_S = 30
ALL, WRITE_DOWN = "\x19", "\x07"  # Ctrl-Y, Ctrl-G: no other sequence of keys begins so

BASH_KEYS = r"""
bind 'set bell-style none'
bind 'set enable-bracketed-paste off'
bind '"\C-y": insert-completions'
write-down() { printf '%s\n' "$READLINE_LINE" >>"$LINES_FILE"; READLINE_LINE=''; }
bind -x '"\C-g": write-down'
"""

ZSH_KEYS = r"""
autoload -Uz compinit && compinit -u -d "$LINES_FILE.compdump"
all-matches() { _main_complete; compstate[insert]=all }
zle -C all-matches complete-word all-matches
bindkey '^Y' all-matches
write-down() { print -r -- "$BUFFER" >>"$LINES_FILE"; BUFFER= }
zle -N write-down
bindkey "^G" write-down
"""


class Shell:
    def __init__(self, terminal, lines):
        self._terminal = terminal
        self._lines = lines

    def _written(self):
        with open(self._lines, encoding="utf-8") as file:
            return file.read().splitlines()

    def _type(self, keys):
        count = len(self._written())
        os.write(self._terminal, keys.encode() + WRITE_DOWN.encode())
        waiting.wait_until(lambda: len(self._written()) > count, KEY_LIMIT_S, f"the shell has taken {keys!r}")
        return self._written()[-1]

    def completed(self, keys):
        return self._type(keys)

    def offered(self, keys):
        """Without what stands before the word that is to be completed."""
        before = keys[:keys.rfind(" ") + 1]
        line = self._type(keys + ALL)
        assert line.startswith(before), line
        return line.removeprefix(before).split()


def _forget_output(terminal):
    """A terminal that nobody reads would fill up."""
    with contextlib.suppress(OSError):
        while select.select([terminal], [], [])[0] and os.read(terminal, 65536):
            pass


@contextlib.contextmanager
def _started(command, set_up, environment, folder):
    with tempfile.TemporaryDirectory(prefix="harness-shell-") as home:
        lines = os.path.join(home, "lines")
        script = os.path.join(home, "set-up")
        with open(lines, "w", encoding="utf-8"), open(script, "w", encoding="utf-8") as file:
            file.write(set_up + "\necho ready >>$LINES_FILE\n")
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, {**environment, "HOME": home, "LINES_FILE": lines, "TERM": "vt100", "LC_ALL": "C.UTF-8"})
        reader = threading.Thread(target=_forget_output, args=(terminal,), daemon=True)
        reader.start()
        shell = Shell(terminal, lines)
        try:
            os.write(terminal, f". {script}\r".encode())
            waiting.wait_until(lambda: shell._written() == ["ready"], KEY_LIMIT_S, f"{command[0]} has started")
            yield shell
        finally:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            reader.join()
            os.close(terminal)


def bash(set_up, environment, folder):
    return _started(["bash", "--norc", "--noprofile", "-i"], set_up + BASH_KEYS, environment, folder)


def zsh(program, set_up, environment, folder):
    """`set_up` comes before compinit, which looks for completions in fpath."""
    return _started([program, "-f", "-i"], set_up + ZSH_KEYS, environment, folder)
