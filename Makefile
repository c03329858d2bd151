.PHONY: run test check fix bench
run test check fix bench:
	python3 dev.py $@
