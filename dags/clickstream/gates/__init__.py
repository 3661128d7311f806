"""The rules that decide whether a run may go on. The steps that ask them are in steps/."""
