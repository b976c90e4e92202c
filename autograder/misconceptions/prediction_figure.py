"""What goes wrong in the figure of an episode: the grid, the pictures, the titles and their colours."""

from __future__ import annotations

from autograder.misconceptions.mistake import Mistake

MISTAKES = (
    Mistake(
        "nothing_returned",
        "You draw the figure, but do not return it: the caller gets None and cannot show or save it.",
    ),
    Mistake(
        "axes_returned",
        "You return the axes. The caller saves and shows the figure that holds them.",
    ),
    Mistake(
        "always_the_same",
        "Your figure does not depend on what is given: neither its pictures nor its titles are those of the episode.",
    ),
    Mistake(
        "images_changed",
        "You change the episode's images in place. Whoever uses the episode after you sees other pictures.",
        next_step="Convert a copy.",
    ),
    Mistake(
        "predictions_changed",
        "You change the predictions in place. The caller still needs them, and its accuracy would be another one.",
        next_step="Work on a copy, or decide on the colour without writing anything down.",
    ),
    Mistake(
        "strips_of_images",
        "You join the images of a row into one wide picture. Each image needs axes of its own, so that each query can "
        "have its title.",
    ),
    Mistake(
        "five_columns",
        "Your grid always has the same number of columns. It needs one for the support image and one for each query, "
        "however many there are.",
    ),
    Mistake(
        "squeezed_axes",
        "With one class or one column, subplots returns fewer dimensions than your indices have: they fail for the "
        "smallest episodes.",
        next_step="Ask subplots not to squeeze.",
        source="matplotlib, pyplot.subplots",
    ),
    Mistake(
        "columns_for_classes",
        "Your classes are columns. Each class is a row: its support image first, then its queries.",
    ),
    Mistake(
        "column_by_column",
        "You make the axes column by column. They should be made in reading order, row by row: the figure keeps them "
        "in the order in which they were made.",
    ),
    Mistake(
        "one_column_on_the_right",
        "All your axes are in one column. Each class is a row: its support image on the left, its queries to the "
        "right.",
    ),
    Mistake(
        "second_support_image",
        "The rows do not begin with the first support image of their class, but with another one of it.",
    ),
    Mistake(
        "support_in_every_column",
        "A support image is shown where the queries belong: nobody sees what the predictions are about.",
    ),
    Mistake(
        "classes_mixed",
        "The queries that you show come from another class than their row: pictures and titles do not belong together.",
    ),
    Mistake(
        "queries_backwards",
        "You show the queries of a class in another order than the predictions have: pictures and titles do not "
        "belong together.",
    ),
    Mistake(
        "turned_pictures",
        "Your pictures have height and width exchanged: the images are (C, H, W), and matplotlib wants the height "
        "first.",
        next_step="Where does each of the three dimensions have to go?",
    ),
    Mistake(
        "upside_down",
        "Your pictures are upside down: their first row is at the bottom, as in the plot of a function.",
    ),
    Mistake(
        "first_channel_only",
        "You show one channel of a colour image. With three channels the picture is shown in colour.",
    ),
    Mistake(
        "truncated_to_bytes",
        "You convert values in [0, 1] to integers: nearly all of them become 0, and the pictures are blank.",
        next_step="matplotlib takes floating images in [0, 1] as they are.",
    ),
    Mistake(
        "default_colormap",
        "You show images of one channel through a map of colours, such as matplotlib's default: they should be in "
        "shades of grey.",
    ),
    Mistake(
        "one_shade",
        "Your pictures are in one shade: the limits of the grey values leave no room between light and dark.",
    ),
    Mistake(
        "support_without_a_class",
        "The title of a row's first picture does not contain the number of its class: row c is class c, counted from "
        "0 as in the predictions.",
    ),
    Mistake(
        "counted_from_1",
        "Your titles count the classes from 1. They should show the numbers that the predictions hold, from 0.",
    ),
    Mistake(
        "true_class_as_title",
        "A query's title is its true class, which the row already says. It should be the class that was predicted for "
        "it.",
    ),
    Mistake(
        "right_way_only",
        "Wrong predictions are marked, but their titles do not say which class was predicted: that is what one wants "
        "to know about them.",
    ),
    Mistake(
        "class_and_prediction",
        "The titles of the queries say more than the number of the predicted class. The row says the true class, and "
        "the colour says whether the two agree.",
    ),
    Mistake(
        "tensor_as_title",
        "You write a tensor into the title, and it reads tensor(3). The title is the number alone.",
        next_step="Turn a tensor of one element into a Python number first.",
    ),
    Mistake(
        "no_colours",
        "Correct and wrong predictions have titles of the same colour, so errors do not stand out.",
    ),
    Mistake(
        "colours_by_query",
        "You colour a title by comparing the prediction with the query's place in the row. A prediction in row c is "
        "correct if it is c.",
    ),
    Mistake(
        "colours_by_class",
        "The colour of a title does not say whether the prediction is correct: correct ones have several colours.",
        next_step="Choose one colour for correct predictions and another one for wrong ones.",
    ),
)
