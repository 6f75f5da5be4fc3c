// Package sortorder compares texts as people count: a2 before a10.
package sortorder

func digit(b byte) bool { return '0' <= b && b <= '9' }

// NaturalLess tells whether a comes before b.
func NaturalLess(a, b string) bool {
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		if digit(a[i]) && digit(b[j]) {
			x, y := number(a, &i), number(b, &j)
			if len(x) != len(y) {
				return len(x) < len(y)
			}
			if x != y {
				return x < y
			}
			continue
		}
		if a[i] != b[j] {
			return a[i] < b[j]
		}
		i++
		j++
	}
	return len(a)-i < len(b)-j
}

func number(s string, at *int) string {
	for *at < len(s)-1 && s[*at] == '0' && digit(s[*at+1]) {
		*at++
	}
	start := *at
	for *at < len(s) && digit(s[*at]) {
		*at++
	}
	return s[start:*at]
}
