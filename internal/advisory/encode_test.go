package advisory

import (
	"reflect"
	"testing"
)

// Whatever is read as records is read again, the same, from what is written of
// it. The checksums keep other values away; this is about a value whose
// checksum is right.
func FuzzRecords(f *testing.F) {
	s := sample()
	f.Add(string(appendRecord(appendRecord(nil, &s[0]), &s[1])))
	f.Add(string(appendRecord(nil, &s[2])))
	f.Fuzz(func(t *testing.T, value string) {
		records, err := decodeRecords("x", value)
		if err != nil {
			return
		}
		var b []byte
		for i := range records {
			b = appendRecord(b, &records[i])
		}
		again, err := decodeRecords("x", string(b))
		if err != nil || !reflect.DeepEqual(records, again) {
			t.Errorf("%+v, %v\nfirst %+v", again, err, records)
		}
	})
}

// The same of what describes a database.
func FuzzInfo(f *testing.F) {
	info := sampleInfo
	info.Records, info.Packages, info.Sources = 4, 3, []string{"a", "b"}
	f.Add(string(appendInfo(nil, info)))
	f.Fuzz(func(t *testing.T, text string) {
		info, err := decodeInfo(text)
		if err != nil {
			return
		}
		again, err := decodeInfo(string(appendInfo(nil, info)))
		if err != nil || !reflect.DeepEqual(info, again) {
			t.Errorf("%+v, %v\nfirst %+v", again, err, info)
		}
	})
}
