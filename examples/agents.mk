# Agents by make, for any make: `include agents.mk` in your Makefile, or `make -f agents.mk agents-start`.
#
#   make agents-start   [ROLE=builder]            tasks of the role, or of all roles, are claimed
#   make agents-stop    [ROLE=builder] [FORCE=1]  nothing new is; waits until what runs has ended, with FORCE it does not
#   make agents-restart [ROLE=builder] [FORCE=1]  both
#   make agents-status  [ROLE=builder]            fails unless all of them are on
#   make agents-logs    [ROLE=builder] [LINES=50] [FOLLOW=1]
#
# A daemon that is not there yet is started in standby: only what you start is claimed. FORCE and FOLLOW are off when they
# are empty, 0, no or false.

STEWARD = steward
ROLE =
FORCE =
FOLLOW =
LINES = 50
# How long agents-stop and agents-restart wait.
AGENTS_TIMEOUT = 10m

agents-start:
	@$(STEWARD) ping >/dev/null 2>&1 || $(STEWARD) start --standby
	@$(STEWARD) role start $(ROLE)

agents-stop:
	@if ! $(STEWARD) ping >/dev/null 2>&1; then echo "No daemon is running."; exit 0; fi; \
	case "$(FORCE)" in \
	"" | 0 | no | false) $(STEWARD) role stop $(ROLE) --wait --timeout $(AGENTS_TIMEOUT) ;; \
	*) $(STEWARD) role stop $(ROLE) ;; \
	esac

agents-restart:
	@$(STEWARD) ping >/dev/null 2>&1 || $(STEWARD) start --standby
	@case "$(FORCE)" in \
	"" | 0 | no | false) $(STEWARD) role restart $(ROLE) --timeout $(AGENTS_TIMEOUT) ;; \
	*) $(STEWARD) role stop $(ROLE) >/dev/null && $(STEWARD) role start $(ROLE) ;; \
	esac

agents-status:
	@$(STEWARD) role status $(ROLE)

agents-logs:
	@case "$(FOLLOW)" in \
	"" | 0 | no | false) $(STEWARD) role logs $(ROLE) --lines $(LINES) ;; \
	*) $(STEWARD) role logs $(ROLE) --lines $(LINES) --follow ;; \
	esac

.PHONY: agents-start agents-stop agents-restart agents-status agents-logs
