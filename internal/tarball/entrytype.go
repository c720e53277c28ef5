package tarball

// checkEntryType refuses the types of entry that end the reading. Links without
// content do not: every reader finds the next header in the same place.
func checkEntryType(d header) error {
	switch d.entryType {
	case '0':
		return nil
	case '5':
		if d.size != 0 {
			return refuse(RuleHeader, "the entry is a folder with content")
		}
		return nil
	case '1', '2':
		if d.size != 0 {
			return refuse(RuleLink, "the entry is a %s with content; readers differ about where the next entry begins", entryTypeName(d.entryType))
		}
		return nil
	case 'g':
		return refuse(RulePax, "the archive has a global extended header")
	}
	return refuse(RuleType, "the entry is %s", entryTypeName(d.entryType))
}

// entryTypeName names a type of entry for a message.
func entryTypeName(kind byte) string {
	switch kind {
	case 0:
		return "a file in the old form, without a type"
	case '1':
		return "hard link"
	case '2':
		return "symbolic link"
	case '3', '4':
		return "a device"
	case '6':
		return "a named pipe"
	case '7':
		return "a contiguous file"
	case 'L', 'N', 'K':
		return "a GNU long name, as some packers write for a path of more than 100 bytes"
	case 'S', 'M', 'D', 'V':
		return "a GNU sparse, multi-volume, folder-dump or label entry"
	case 'X':
		return "an old Solaris extended header"
	}
	return "of an unknown type"
}
